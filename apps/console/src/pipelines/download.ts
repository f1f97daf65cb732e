import { api } from '../api/client.ts'

/** Saves the document as it was imported, to the byte, under the name that the API gives it. */
export async function downloadDocument(id: string): Promise<void> {
  const response = await api.pipelines.document(id)
  const url = URL.createObjectURL(await response.blob())
  const link = document.createElement('a')
  link.href = url
  link.download = fileName(response.headers.get('content-disposition')) ?? 'pipeline'
  link.click()
  URL.revokeObjectURL(url)
}

/** RFC 6266: the extended form, which may hold any letter, before the plain one. */
function fileName(disposition: string | null): string | undefined {
  const extended = disposition?.match(/filename\*=UTF-8''([^;]+)/i)?.[1]
  return extended ? decodeURIComponent(extended) : disposition?.match(/filename="([^"]+)"/i)?.[1]
}

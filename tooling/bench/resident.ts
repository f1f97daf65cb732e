import { readFile, writeFile } from 'node:fs/promises'

/** Bytes of memory that a process holds now. https://www.kernel.org/doc/html/latest/filesystems/proc.html */
export const resident = (pid: number): Promise<number> => field(pid, 'VmRSS')

/** Does something and says how many bytes the process held at the most meanwhile: the kernel's own high-water mark. */
export async function peakSince<Result>(
  pid: number,
  work: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly peak: number }> {
  // 5: the mark starts anew.
  await writeFile(`/proc/${pid}/clear_refs`, '5')
  const result = await work()
  return { result, peak: await field(pid, 'VmHWM') }
}

async function field(pid: number, name: string): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const kilobytes = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]
  if (kilobytes === undefined) throw new Error(`The kernel does not say ${name} of process ${pid}`)
  return Number(kilobytes) * 1024
}

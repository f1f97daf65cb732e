/**
 * Where what opens over the page is put: inside the page's main landmark, so that who goes from landmark to landmark finds it.
 * `undefined` before there is one: then the library's own place, the end of the body.
 */
export function overlayPlace(): Element | undefined {
  return document.getElementById('content') ?? undefined
}

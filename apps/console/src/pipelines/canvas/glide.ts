/** Milliseconds of a movement of the canvas; none for whoever does not want things to move. */
export const glide = () => (matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 200)

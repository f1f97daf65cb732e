/** Figures as the table shows them. */
export const rate = (value: number): string =>
  `${value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString('en')}/s`

export const milliseconds = (value: number): string =>
  value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`

export const megabytes = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MiB`

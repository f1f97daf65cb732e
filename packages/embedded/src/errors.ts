export type EmbeddedPostgresErrorCode =
  | 'unsupported_platform' // no PostgreSQL binaries for this operating system and processor
  | 'no_account' // started as root, and no unprivileged account could be found or made
  | 'data_dir_in_use' // a living process has a server on this data directory
  | 'data_dir_unusable' // the folder cannot be written, or belongs to somebody else
  | 'data_dir_incompatible' // made by another major version of PostgreSQL
  | 'disk_full'
  | 'port_in_use' // the port that was asked for is taken
  | 'start_failed'
  | 'server_exited' // the server ended although nobody stopped it

/** The message is a sentence for the person who started us. It never contains the password. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError'
  readonly code: EmbeddedPostgresErrorCode

  constructor(code: EmbeddedPostgresErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** Turns a failed write below `folder` into a sentence; anything that is not a file system error is passed on. */
export function fromFileError(error: unknown, folder: string): unknown {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'ENOSPC' || code === 'EDQUOT') return diskFull(folder, error)
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'ENOTDIR' || code === 'EEXIST') {
    return new EmbeddedPostgresError(
      'data_dir_unusable',
      `The data folder ${folder} cannot be used (${code}). Check that it is a folder which this user may write, or choose another one.`,
      { cause: error },
    )
  }
  return error
}

export function diskFull(folder: string, cause?: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'disk_full',
    `The disk that holds ${folder} is full. Free some space and start again.`,
    {
      cause,
    },
  )
}

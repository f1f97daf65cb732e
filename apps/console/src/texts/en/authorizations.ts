export const authorizations = {
  title: 'authorizations',
}

export const tokens = {
  title: 'API Tokens',
}

export const connections = {
  title: 'Connection',
}

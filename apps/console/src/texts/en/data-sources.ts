export const dataSources = {
  title: 'Data Sources',
}

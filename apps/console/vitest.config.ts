export { default } from '@wellhead/test-services/vitest'

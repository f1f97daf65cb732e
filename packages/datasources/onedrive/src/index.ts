export { onedrive as default, onedrive } from './onedrive.ts'

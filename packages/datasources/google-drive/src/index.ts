export { googleDrive as default, googleDrive } from './google-drive.ts'

export { jinaReader } from './jina-reader.ts'

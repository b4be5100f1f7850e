export { installerCodes } from './problem/codes.ts'

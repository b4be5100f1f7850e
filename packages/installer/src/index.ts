export { installerCodes } from './problem/codes.ts'
export { ANSWERS, type AnswerSpec, flagOf, variableOf } from './settings/table.ts'

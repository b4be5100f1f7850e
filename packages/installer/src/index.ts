export { ANSWERS, type AnswerSpec, flagOf, variableOf } from './answers/table.ts'
export { installerCodes } from './codes.ts'

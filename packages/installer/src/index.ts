export { installerCodes } from './problem/codes.ts'
export { flagOf, SETTINGS, type SettingSpec, variableOf } from './settings/table.ts'

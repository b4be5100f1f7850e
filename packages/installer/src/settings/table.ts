export { flagOf, SETTINGS, type Setting as SettingSpec, variableOf } from '@edgelift/bundle'

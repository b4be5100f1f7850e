export {
  CHART_SETTINGS,
  type ChartSettingName,
  type ChartSettings,
  chartSettingsFor,
  FACTS,
  SAMPLE_SETTINGS,
} from './chart-settings.ts'
export { type InstallYamlOptions, installYaml } from './install-yaml.ts'
export { settingsJsonSchema } from './json-schema.ts'
export { type K3sComponentName, unknownK3sComponents } from './k3s-components.ts'
export { flagOf, SETTINGS, type Setting, type SettingKind, settingHelp, variableOf } from './table.ts'

export { yamlLines } from './lines.ts'
export {
  readKubernetesYaml,
  readReleaseYaml,
  readSettingsTexts,
  readSettingsYaml,
  YamlError,
  yamlErrorWords,
} from './read-yaml.ts'

export { yamlLines } from './lines.ts'
export {
  readKubernetesYaml,
  readReleaseYaml,
  readSettingsYaml,
  YamlError,
  yamlErrorWords,
} from './read-yaml.ts'

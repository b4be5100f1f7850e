export { yamlLines } from './lines.ts'
export { readKubernetesYaml, readReleaseYaml, readSettingsYaml, YamlError } from './read-yaml.ts'

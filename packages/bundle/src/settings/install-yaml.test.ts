import { readSettingsYaml } from '@edgelift/core'
import { describe, expect, it } from 'vitest'
import { installYaml } from './install-yaml.ts'
import { settingsJsonSchema } from './json-schema.ts'

const option = (name: string) => ({ name, title: { en: `the ${name}`, zh: `组件${name}` }, default: false })
const linesOf = (text: string): string[] => text.split('\n')

describe('install.yaml', () => {
  it('says what is required, what is the default, and neither where there is none', () => {
    const text = installYaml('edge', { options: [], k3sDisable: [] })
    expect(text).toContain('10000 where it is left out. Required.\n')
    expect(text).toContain('省略时为 10000。必填。\n#cloud: 192.0.2.10:10000\n')
    expect(text).toContain('# Name of this node in the cluster. Default: lower-case host name.\n')
    expect(text).toContain('# 本节点在集群中的名称。默认：小写主机名。\n#nodeName: node-1\n')
    expect(text).toContain('# Labels of the node.\n# 节点标签。\n#labels:\n#  site: plant-7\n')
  })

  it('begins a value that is named first as it is typed', () => {
    expect(installYaml('edge', { options: [], k3sDisable: [] })).toContain(
      "# bundled: the archive's containerd",
    )
  })

  it('lists the options of the release in both languages, without EdgeMesh, which has a setting of its own', () => {
    const options = ['edgemesh', 'mosquitto', 'gateway'].map(option)
    const text = installYaml('cloud', { options, k3sDisable: [] })
    const at = linesOf(text).indexOf('# Optional components to install:')
    expect(linesOf(text).slice(at, at + 7)).toEqual([
      '# Optional components to install:',
      '#   mosquitto: the mosquitto',
      '#   gateway: the gateway',
      '# 要安装的可选组件：',
      '#   mosquitto：组件mosquitto',
      '#   gateway：组件gateway',
      '#options: [mosquitto]',
    ])
    expect(text).toContain('#edgemesh: true')
    expect(installYaml('cloud', { options: [option('mosquitto')], k3sDisable: [] })).not.toContain(
      '#edgemesh:',
    )
  })

  it('names the components of K3s that are left out anyway', () => {
    const text = installYaml('cloud', { options: [], k3sDisable: ['traefik', 'servicelb'] })
    expect(text).toContain('Default: [traefik, servicelb].')
    expect(text).toContain('#k3s:\n#  disable: [traefik, servicelb]\n')
    expect(installYaml('cloud', { options: [], k3sDisable: [] })).toContain('#  disable: [metrics-server]\n')
  })

  it('is a file of nothing, of short lines, that ends its last one', () => {
    for (const role of ['cloud', 'edge'] as const) {
      const text = installYaml(role, { options: [option('edgemesh')], k3sDisable: ['traefik'] })
      expect(readSettingsYaml(text)).toEqual([null])
      expect(linesOf(text).filter((line) => line.length > 130)).toEqual([])
      expect(text).toMatch(/[^\n]\n$/)
    }
  })
})

describe('the JSON Schema of install.yaml', () => {
  it('takes what the installer takes: a setting in a map, relays, the token of a join file, a text as in a flag', () => {
    const cloud = settingsJsonSchema('cloud')
    expect(cloud).toMatchObject({
      type: ['object', 'null'],
      additionalProperties: false,
      title: 'edgelift settings, cloud role',
      properties: {
        k3s: {
          type: 'object',
          additionalProperties: false,
          properties: { disable: { type: ['array', 'string'] } },
        },
        edgemesh: { enum: [true, false, 'yes', 'no', 'on', 'off'] },
        relayNodes: {
          type: ['array', 'string'],
          items: { required: ['nodeName', 'advertiseAddress'], additionalProperties: false },
        },
      },
    })
    expect(cloud.properties).not.toHaveProperty('token')
    expect(settingsJsonSchema('edge').properties).toMatchObject({
      token: { type: 'string', minLength: 1, description: expect.stringContaining('0600') },
      labels: { type: ['object', 'string'], additionalProperties: { type: ['string', 'number', 'boolean'] } },
    })
  })
})

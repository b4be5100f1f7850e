import { describe, expect, it } from 'vitest'
import type { Preview } from '../install/preview.ts'
import { previewText } from './preview-text.ts'

const NOTHING: Preview = {
  from: { bundle: 'kubeedge-cloud-1.22.0-amd64', version: '1.22.0' },
  to: { bundle: 'kubeedge-cloud-1.22.0-amd64', version: '1.22.0' },
  components: [],
  images: { added: [], removed: [] },
  files: { added: [], changed: [], removed: [] },
  objects: [],
  uninstalls: [],
  bytes: { added: 0, removed: 0 },
  starts: [],
  restarts: [],
  awaySeconds: 0,
}
const UPGRADE: Preview = {
  ...NOTHING,
  to: { bundle: 'kubeedge-cloud-1.22.2-amd64', version: '1.22.2' },
  components: [
    { name: 'kubeedge', from: '1.22.0', to: '1.22.2' },
    { name: 'helm', from: null, to: '3.19.0' },
    { name: 'old', from: '1', to: null },
  ],
  images: {
    added: ['docker.io/kubeedge/cloudcore:v1.22.2'],
    removed: ['docker.io/kubeedge/cloudcore:v1.22.0'],
  },
  bytes: { added: 2 ** 20, removed: 2 ** 21 },
  restarts: ['k3s.service', 'pods of cloudcore'],
  awaySeconds: 10,
}
const paint = { bold: (text: string) => `<b>${text}</b>` }

describe('what an installation would change', () => {
  it('is one sentence where it is nothing, bytes of kept images or not', () => {
    expect(previewText(NOTHING, 'en', paint)).toEqual(['Nothing would change.'])
    expect(previewText({ ...NOTHING, bytes: { added: 0, removed: 5 } }, 'zh', paint)).toEqual([
      '没有需要更改的内容。',
    ])
  })

  it('lists versions from and to, what comes and goes, what restarts, and for how long', () => {
    expect(previewText(UPGRADE, 'en', paint)).toEqual([
      '<b>Upgrade: kubeedge-cloud-1.22.0-amd64 -> kubeedge-cloud-1.22.2-amd64</b>',
      '  components:',
      '    kubeedge 1.22.0 -> 1.22.2',
      '    helm ? -> 3.19.0',
      '    old 1 -> gone',
      '  images that come:',
      '    docker.io/kubeedge/cloudcore:v1.22.2',
      '  images that go once nothing runs on them:',
      '    docker.io/kubeedge/cloudcore:v1.22.0',
      '  restarts:',
      '    k3s.service',
      '    pods of cloudcore',
      '  disk: 1.0 MB come, 2.1 MB go',
      '  services are away for 10 s at most',
    ])
  })

  it('has no English left in Chinese but names', () => {
    const names =
      /kubeedge-cloud-\S+|docker\.io\/\S+|k3s\.service|cloudcore|kubeedge|helm|old|MB|Pod|Service|->|<\/?b>/g
    for (const line of previewText(UPGRADE, 'zh', paint))
      expect(line.replaceAll(names, '')).not.toMatch(/[A-Za-z]/)
  })

  it('of the same release does not call itself an upgrade', () => {
    const lines = previewText({ ...NOTHING, files: { ...NOTHING.files, changed: ['/etc/a'] } }, 'en', paint)
    expect(lines).toEqual(['  files that change:', '    /etc/a'])
  })
})

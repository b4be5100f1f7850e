import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { WorkEvent } from '@edgelift/core'
import type { CommandContext } from '@edgelift/core/cli'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { configOf, findRelease, openStoreOf } from './settings.ts'

let folder: string
const at = (name: string): string => path.join(folder, name)
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-settings-'))
})
afterEach(() => rm(folder, { recursive: true }))

describe('the store', () => {
  const storeOf = async (store: string | undefined, env: Record<string, string>) => {
    const events: WorkEvent[] = []
    const context = { env, report: (event: WorkEvent) => events.push(event) } as unknown as CommandContext
    return { root: (await openStoreOf({ store }, context)).root, events }
  }

  it('is the one of --store, else of EDGELIFT_STORE, else the default', async () => {
    const env = { EDGELIFT_STORE: at('variable'), HOME: at('home') }
    expect((await storeOf(at('option'), env)).root).toBe(at('option'))
    expect((await storeOf(undefined, env)).root).toBe(at('variable'))
    expect((await storeOf(undefined, { HOME: at('home') })).root).toBe(at('home/.cache/edgelift'))
  })

  it('is opened with a warning of a variable that is mistyped', async () => {
    const { events } = await storeOf(at('option'), { EDGELIFT_STOER: 'x' })
    expect(events).toMatchObject([
      { type: 'note', level: 'warning', text: { en: expect.stringContaining('EDGELIFT_STORE') } },
    ])
  })
})

describe('the configuration', () => {
  it('is the one of --config, else of EDGELIFT_CONFIG, else the defaults', async () => {
    await writeFile(at('option.yaml'), 'concurrency: 7\n')
    await writeFile(at('variable.yaml'), 'concurrency: 9\n')
    const env = { EDGELIFT_CONFIG: at('variable.yaml') }
    expect(await configOf({ config: at('option.yaml') }, env)).toMatchObject({ concurrency: 7 })
    expect(await configOf({}, env)).toMatchObject({ concurrency: 9 })
    expect(await configOf({}, {})).toMatchObject({ concurrency: 3, ca: [] })
  })

  it('that is named has to be there', async () => {
    await expect(configOf({ config: at('gone.yaml') }, {})).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
    await expect(configOf({}, { EDGELIFT_CONFIG: at('gone.yaml') })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    })
  })
})

describe('a release', () => {
  it('is found by its name and by its file', async () => {
    const byName = await findRelease('kubeedge-1.22.0', at('dist'))
    expect(byName.file).toMatch(/manifests\/kubeedge-1\.22\.0\.yaml$/)
    await writeFile(at('site.yaml'), 'format: edgelift/release/v1\nextends: kubeedge-1.22.0\nname: site\n')
    const { file, release } = await findRelease(at('site.yaml'), at('dist'))
    expect([file, release.name]).toEqual([at('site.yaml'), 'site'])
    await expect(findRelease('gone', at('dist'))).rejects.toMatchObject({ code: 'RELEASE_NOT_FOUND' })
  })
})

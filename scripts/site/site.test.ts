import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildSite } from './build.ts'
import { render } from './markdown.ts'

let site: string
let files: string[]
beforeAll(async () => {
  site = await mkdtemp(path.join(tmpdir(), 'edgelift-site-'))
  await buildSite(path.resolve(import.meta.dirname, '../../docs'), site)
  files = (await readdir(site, { recursive: true })).filter((file) => file.endsWith('.html'))
})
afterAll(() => rm(site, { recursive: true }))

it('has the same pages in both languages', () => {
  const of = (folder: string): string[] =>
    files.filter((file) => file.startsWith(`${folder}/`)).map((file) => file.slice(folder.length + 1))
  expect(of('en').sort()).toEqual(of('zh-CN').sort())
  expect(of('en').length).toBeGreaterThan(15)
})

it('loads nothing but its own files, by relative addresses, without modules', async () => {
  for (const file of files) {
    const html = await readFile(path.join(site, file), 'utf8')
    for (const [, address = ''] of html.matchAll(/<(?:link|script|img|iframe)[^>]* (?:src|href)="([^"]*)"/g))
      expect(address, file).toMatch(/^(\.\.?\/)*[\w-]+\.(css|js)$/)
    expect(html, file).not.toMatch(/type="module"|@import|url\(/)
  }
})

it('has no dead link', async () => {
  const dead: string[] = []
  for (const file of files) {
    const html = await readFile(path.join(site, file), 'utf8')
    for (const [, link = ''] of html.matchAll(/<a [^>]*href="([^"]*)"/g)) {
      if (link.startsWith('https://')) continue
      const [target = '', anchor] = link.split('#')
      const place = target === '' ? file : path.join(path.dirname(file), target)
      const text = await readFile(path.join(site, place), 'utf8').catch(() => '')
      if (text === '') dead.push(`${file}: ${link}`)
      else if (anchor !== undefined && !text.includes(`id="${decodeURIComponent(anchor)}"`))
        dead.push(`${file}: ${link}`)
    }
  }
  expect(dead).toEqual([])
})

it('shows HTML in a page as text, and a link without a page as plain words', () => {
  const { html } = render('# A <b>x</b>\n\n[gone](gone.md) [there](there.md)', (target) =>
    target === 'gone.md' ? undefined : 'there.html',
  )
  expect(html).toContain('&lt;b&gt;')
  expect(html).toContain('<span>gone</span> <a href="there.html">there</a>')
})

import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Api, openApi } from './api.ts'

let server: Server
let answer: RequestListener
let stop: AbortController
let api: Api
let asked: string[]
beforeEach(async () => {
  asked = []
  stop = new AbortController()
  server = createServer((request, response) => {
    const { method, url, headers } = request
    asked.push([method, url, headers.authorization, headers.accept, headers['content-type']].join(' '))
    answer(request, response)
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const { port } = server.address() as AddressInfo
  api = openApi({ server: `http://127.0.0.1:${port}`, ca: '', token: 'secret' }, stop.signal)
})
afterEach(async () => {
  stop.abort()
  server.closeAllConnections()
  await new Promise((closed) => server.close(closed))
})
const responds = (status: number, body = '') => {
  answer = (_request, response) => void response.writeHead(status).end(body)
}

describe('a refusal is an error with the API’s words, never an empty answer', () => {
  it.each([401, 403, 404, 429, 500])('GET: %i', async (status) => {
    responds(status, 'the reason')
    await expect(api.get('/api/v1/nodes')).rejects.toThrow(`GET /api/v1/nodes: HTTP ${status} the reason`)
    await expect(api.lines('/log', () => {}, stop.signal)).rejects.toThrow(`GET /log: HTTP ${status}`)
  })

  it.each([401, 403, 409, 500])('PATCH: %i', async (status) => {
    responds(status, 'the reason')
    await expect(api.patch('/x', {})).rejects.toThrow(`PATCH /x: HTTP ${status} the reason`)
  })

  it('but what is gone meanwhile needs no change', async () => {
    responds(404)
    await api.patch('/x', {})
  })

  it('also one that is no JSON, or cut off', async () => {
    responds(200, '<html>')
    await expect(api.get('/x')).rejects.toThrow()
    answer = (_request, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('{"items":')
      setTimeout(() => response.destroy(), 20)
    }
    await expect(api.get('/x')).rejects.toThrow()
  })
})

it('a change is a merge patch, with the token', async () => {
  let body = ''
  answer = async (request, response) => {
    for await (const piece of request) body += String(piece)
    response.end('{}')
  }
  await api.patch('/x', { metadata: { annotations: { a: null } } })
  expect(asked).toEqual(['PATCH /x Bearer secret  application/merge-patch+json'])
  expect(body).toBe('{"metadata":{"annotations":{"a":null}}}')
})

it('lines come whole, however they are cut, and end with the signal', async () => {
  const pieces = ['edge node ed', 'ge-1 云', '\nsecond\nthird ', 'not yet']
  answer = (_request, response) => {
    response.writeHead(200)
    for (const [index, piece] of pieces.entries()) setTimeout(() => response.write(piece), index * 20)
  }
  const heard: string[] = []
  const until = new AbortController()
  const listening = api.lines(
    '/log',
    (line) => {
      if (heard.push(line) === 2) setTimeout(() => until.abort(), 60)
    },
    until.signal,
  )
  await expect(listening).rejects.toThrow(/abort/i)
  expect(heard).toEqual(['edge node edge-1 云', 'second'])
})

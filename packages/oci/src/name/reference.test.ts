import { EdgeliftError, formatError } from '@edgelift/core'
import { describe, expect, it } from 'vitest'
import { formatReference, parseReference } from './reference.ts'

const DIGEST = `sha256:${'a1'.repeat(32)}`

const caught = (run: () => unknown): unknown => {
  try {
    return run()
  } catch (error) {
    return error
  }
}

describe('parseReference', () => {
  it.each([
    ['busybox', 'docker.io/library/busybox:latest'],
    ['busybox:1.36', 'docker.io/library/busybox:1.36'],
    ['kubeedge/cloudcore:v1.22.0', 'docker.io/kubeedge/cloudcore:v1.22.0'],
    ['docker.io/busybox', 'docker.io/library/busybox:latest'],
    ['index.docker.io/busybox:1', 'docker.io/library/busybox:1'],
    ['index.docker.io/kubeedge/x', 'docker.io/kubeedge/x:latest'],
    ['docker.io/a/b/c:d', 'docker.io/a/b/c:d'],
    ['registry.k8s.io/pause:3.10', 'registry.k8s.io/pause:3.10'],
    ['localhost/x', 'localhost/x:latest'],
    ['localhost', 'docker.io/library/localhost:latest'],
    ['localhost:5000/x', 'localhost:5000/x:latest'],
    ['foo/bar', 'docker.io/foo/bar:latest'],
    ['Foo/bar', 'Foo/bar:latest'],
    ['foo.bar/baz', 'foo.bar/baz:latest'],
    ['foo:5000', 'docker.io/library/foo:5000'],
    ['foo:5000/bar:1', 'foo:5000/bar:1'],
    ['[::1]:5000/x/y:t', '[::1]:5000/x/y:t'],
    ['127.0.0.1:5000/a', '127.0.0.1:5000/a:latest'],
    ['a__b/c.d-e---f/g_h:T_1.-', 'docker.io/a__b/c.d-e---f/g_h:T_1.-'],
    [`busybox@${DIGEST}`, `docker.io/library/busybox@${DIGEST}`],
    [`ghcr.io/o/n:v1@${DIGEST}`, `ghcr.io/o/n:v1@${DIGEST}`],
    [`h/${'x'.repeat(253)}`, `docker.io/h/${'x'.repeat(253)}:latest`],
    [`b:${'t'.repeat(128)}`, `docker.io/library/b:${'t'.repeat(128)}`],
  ])('reads %s as %s, and that as itself', (text, full) => {
    expect(formatReference(parseReference(text))).toBe(full)
    expect(formatReference(parseReference(full))).toBe(full)
  })

  it.each([
    ['', 'name'],
    ['a'.repeat(64), 'name'],
    ['Busybox', 'repository'],
    ['docker.io/Kube/x', 'repository'],
    ['docker.io/', 'repository'],
    ['a//b', 'repository'],
    ['a/b/', 'repository'],
    ['-a', 'repository'],
    ['a..b', 'repository'],
    ['a___b', 'repository'],
    ['https://docker.io/x', 'registry'],
    ['../etc', 'registry'],
    ['-host.io/x', 'registry'],
    ['host.io:/x', 'registry'],
    ['host.io:80a/x', 'registry'],
    ['host.io:99999/x', 'registry'],
    ['10.0.0.300/x', 'registry'],
    ['1.2.3.4.5:5000/x', 'registry'],
    ['[::1::]/x', 'registry'],
    ['x:', 'tag'],
    ['x:-t', 'tag'],
    ['x:a b', 'tag'],
    [`x:${'t'.repeat(129)}`, 'tag'],
    ['x@', 'digest'],
    ['x@sha256:12', 'digest'],
    [`x@${DIGEST.toUpperCase()}`, 'digest'],
    [`x@sha512:${'a'.repeat(128)}`, 'digest'],
    [`x@${DIGEST}:t`, 'digest'],
    [`h/${'x'.repeat(254)}`, 'repository'],
    ['x\n', 'repository'],
  ])('refuses %j and names the %s', (text, field) => {
    const error = caught(() => parseReference(text))
    expect(error).toBeInstanceOf(EdgeliftError)
    const { code, what } = error as EdgeliftError
    expect(code).toBe('REFERENCE_INVALID')
    expect(what.en).toContain(`its ${field} is wrong`)
  })

  it.each([
    ['me:p4ss@host.io/x:1', 'host.io/x:1'],
    ['me:p4ss/word@host.io/x:1', 'host.io/x:1'],
    ['me:p4ss@word@host.io/x:1', 'host.io/x:1'],
    ['me:p4ss!@host.io/x:1', 'host.io/x:1'],
    [`me:p4ss@host.io/x:1@${DIGEST}`, 'host.io/x:1'],
    ['https://me:p4ss@host.io/x', 'host.io/x'],
    ['p4ss-as-a-token@host.io/x', 'host.io/x'],
  ])('refuses the user in %j without a word of it', (text, host) => {
    const error = caught(() => parseReference(text)) as EdgeliftError
    expect(error.code).toBe('REFERENCE_INVALID')
    expect(error.what.en).toContain(host)
    expect(`${formatError(error, 'en')}${formatError(error, 'zh')}`).not.toContain('p4ss')
  })
})

import { describe, expect, it } from 'vitest'
import type { Facts } from '../node/facts.ts'
import type { Receipt } from '../state/receipt.ts'
import { hostDiagnoses } from './host.ts'

const facts = (more: Partial<Facts>) =>
  ({ places: [], nameservers: ['10.0.0.53'], ownAddresses: [], unread: [], ...more }) as unknown as Facts
const installed = { role: 'edge', settings: {}, completed: '2026-01-01T00:00:00Z' } as unknown as Receipt
const codes = (receipt: Receipt | undefined, more: Partial<Facts> = {}) =>
  hostDiagnoses(receipt, facts(more)).map(({ code }) => code)

describe('what the host tells', () => {
  it('nothing is wrong', () => expect(codes(installed)).toEqual([]))
  it('an installation that is absent or not finished', () => {
    expect(codes(undefined)).toEqual(['NOT_INSTALLED'])
    expect(codes({ role: 'edge', settings: {} } as Receipt)).toEqual(['INSTALLATION_INCOMPLETE'])
    const former = { bundle: 'kubeedge-edge-1', lock: 'l', images: [], copy: '/c' }
    expect(
      hostDiagnoses({ role: 'edge', settings: {}, former } as unknown as Receipt, facts({}))[0]?.fix.en,
    ).toContain('go back to kubeedge-edge-1: ./edgelift rollback')
    const onCluster = {
      role: 'cloud',
      settings: {},
      former,
      kubeEdgeOnly: { kubeconfig: '/k' },
    } as unknown as Receipt
    expect(hostDiagnoses(onCluster, facts({}))[0]?.fix.en).toBe(
      'run ./install-kubeedge-only.sh: it resumes where it stopped; or go back to kubeedge-edge-1: ./install-kubeedge-only.sh in its directory',
    )
  })
  it('no nameserver, or EdgeMesh as its own', () => {
    expect(codes(installed, { nameservers: [] })).toEqual(['NAMESERVER_MISSING'])
    expect(codes(installed, { nameservers: ['169.254.96.16', '10.0.0.53'] })).toEqual(['NAMESERVER_MISSING'])
  })
  it('an address that the machine has lost', () => {
    const receipt = { ...installed, role: 'cloud', settings: { nodeIp: '10.77.0.1' } } as unknown as Receipt
    expect(codes(receipt, { addresses: ['127.0.0.1', '10.77.0.1'] })).toEqual([])
    const [found] = hostDiagnoses(receipt, facts({ addresses: ['127.0.0.1'] }))
    expect(found).toMatchObject({
      code: 'NODE_IP_FOREIGN',
      fix: { en: expect.stringContaining('on each edge: ./install.sh --yes --cloud ADDRESS') },
    })
    const ownAddresses = [{ address: '10.77.0.9', device: 'eth0', unfit: undefined }]
    const moved = facts({ addresses: ['10.77.0.9'], ownAddresses })
    expect(hostDiagnoses(receipt, moved)[0]?.fix.en).toContain(
      './install.sh --node-ip 10.77.0.9, then on each edge: ./install.sh --yes --cloud 10.77.0.9',
    )
    const foundOut = { ...receipt, settings: {} } as Receipt
    const laid = { role: 'cloud', bundle: 'x', nodeName: undefined, nodeIp: '10.77.0.1' } as const
    expect(hostDiagnoses(foundOut, { ...moved, installed: laid })[0]?.fix.en).toContain(
      'permanently: ./install.sh, then on each edge: ./install.sh --yes --cloud 10.77.0.9',
    )
    const named = { ...receipt, settings: { nodeIp: '10.77.0.1', advertiseAddresses: ['x.org'] } } as Receipt
    expect(hostDiagnoses(named, moved)[0]?.fix.en).not.toContain('on each edge')
  })
  it('that its addresses are not known, and not that it has lost one', () => {
    const receipt = { ...installed, settings: { nodeIp: '10.77.0.1' } } as unknown as Receipt
    const said = { en: 'killed', zh: 'killed' }
    const unread = [{ part: 'addresses', command: 'ip addr', said, isMissing: false }] as const
    expect(hostDiagnoses(receipt, facts({ addresses: [], unread }))).toMatchObject([
      { code: 'PROBE_FAILED', cause: { en: 'ip addr: killed', zh: 'ip addr：killed' } },
    ])
  })
  it('a full disk', () => {
    const places = [{ path: '/var/lib', mount: '/', options: [], freeBytes: 1000, totalBytes: 1e9 }]
    expect(codes(installed, { places })).toEqual(['DISK_FULL'])
  })
  it('a disk without inodes, once, whatever space it has', () => {
    const place = (path: string, free: number) =>
      ({
        path,
        mount: '/',
        options: [],
        freeBytes: 1e12,
        totalBytes: 2e12,
        inodes: { free, total: 1000 },
      }) as const
    const places = [place('/etc', 3), place('/var/log', 3)]
    const cloud = { ...installed, role: 'cloud' } as Receipt
    expect(hostDiagnoses(cloud, facts({ places }))).toMatchObject([
      { code: 'DISK_FULL', seen: { en: 'hardly an inode is free on / (/etc, /var/log)' } },
    ])
    expect(codes(cloud, { places: [place('/etc', 100)] })).toEqual([])
  })
  it.each([
    ['edge', {}, '/var/lib/containerd', ['DISK_READ_ONLY']],
    ['edge', {}, '/var/lib/rancher', []],
    ['cloud', {}, '/var/lib/rancher', ['DISK_READ_ONLY']],
    ['cloud', { kubeEdgeOnly: { kubeconfig: '/k' } }, '/var/lib/rancher', []],
    ['edge', {}, '/etc', ['DISK_READ_ONLY']],
    ['edge', {}, '/usr/local', []],
    ['edge', {}, '/data/archive', []],
  ])('a read-only disk, of %s %j at %s', (role, more, path, expected) => {
    const place = { path, mount: '/m', options: ['ro', 'relatime'], freeBytes: 1e12, totalBytes: 1e12 }
    expect(codes({ ...installed, role, ...more } as Receipt, { places: [place] })).toEqual(expected)
  })
  it('a read-only disk once, with all that lies on it', () => {
    const at = (path: string) => ({ path, mount: '/', options: ['ro'], freeBytes: 1e12, totalBytes: 1e12 })
    const places = ['/etc', '/usr/local', '/var/lib/edgelift', '/var/log'].map(at)
    expect(hostDiagnoses(installed, facts({ places })).map(({ seen }) => seen.en)).toEqual([
      '/ is mounted read-only (/etc, /var/lib/edgelift, /var/log)',
    ])
  })
  it('a disk that is too full for pods, by what the program of the role demands', () => {
    const disk = { mount: '/', options: [], freeBytes: 14e9, totalBytes: 100e9 }
    const places = ['/var/lib/containerd', '/var/lib/rancher', '/var/lib/kubelet'].map((path) => ({
      path,
      ...disk,
    }))
    expect(codes(installed, { places })).toEqual(['DISK_PRESSURE'])
    expect(codes({ ...installed, role: 'cloud' }, { places })).toEqual([])
  })
})

import { describe, expect, it } from 'vitest'
import { isExisting } from './egress.ts'
import { packetsOf } from './packets.ts'

/** A pcap file of link type LINUX_SLL2 with these IP packets, all seen on link 7. */
function recording(...packets: readonly { type: number; body: Buffer }[]): Buffer {
  const records = packets.map(({ type, body }) => {
    const link = Buffer.alloc(20)
    link.writeUInt16BE(type, 0)
    link.writeUInt32BE(7, 4)
    const head = Buffer.alloc(16)
    head.writeUInt32LE(link.length + body.length, 8)
    return Buffer.concat([head, link, body])
  })
  return Buffer.concat([Buffer.alloc(24), ...records])
}

function v4(protocol: number, destination: readonly number[], body: Buffer): { type: number; body: Buffer } {
  const head = Buffer.alloc(24) // with one word of options
  head.writeUInt8(0x46, 0)
  head.writeUInt8(protocol, 9)
  head.set(destination, 16)
  return { type: 0x0800, body: Buffer.concat([head, body]) }
}

function query(name: string): Buffer {
  const labels = name.split('.').map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`))
  const udp = Buffer.from([0x80, 0x00, 0x00, 0x35, 0, 0, 0, 0])
  return Buffer.concat([udp, Buffer.alloc(12), ...labels, Buffer.from([0, 0, 1, 0, 1])])
}

describe('recorded packets', () => {
  it('say where they were going', () => {
    const connection = v4(6, [8, 8, 8, 8], Buffer.from([0x80, 0x00, 0x01, 0xbb]))
    const sixth = Buffer.alloc(44)
    sixth.writeUInt8(17, 6)
    sixth.writeUInt16BE(0x2001, 24)
    sixth.writeUInt16BE(1, 38)
    sixth.writeUInt16BE(123, 42)
    expect(packetsOf(recording(connection, { type: 0x86dd, body: sixth }))).toEqual([
      { link: 7, destination: '8.8.8.8', protocol: 6, port: 443 },
      { link: 7, destination: '2001:0:0:0:0:0:0:1', protocol: 17, port: 123 },
    ])
  })

  it('tell the name that a DNS query asks for', () => {
    const [packet] = packetsOf(recording(v4(17, [127, 0, 0, 1], query('Registry.Example'))))
    expect(packet?.question).toBe('registry.example')
  })

  it('are left out when they are cut or of another kind', () => {
    const whole = recording(v4(1, [9, 9, 9, 9], Buffer.alloc(8)))
    expect(packetsOf(whole)).toEqual([{ link: 7, destination: '9.9.9.9', protocol: 1 }])
    expect(packetsOf(whole.subarray(0, whole.length - 1))).toEqual([])
    expect(packetsOf(recording({ type: 0x0806, body: Buffer.alloc(28) }))).toEqual([])
  })
})

describe('a name', () => {
  it('is foreign when only the outside could know it', () => {
    expect(['registry-1.docker.io', 'example.com'].filter(isExisting)).toHaveLength(2)
    const known = [
      'web',
      'web.default.svc.cluster.local',
      'cluster.local',
      '1.0.77.10.in-addr.arpa',
      'a.local',
    ]
    expect(known.filter(isExisting)).toEqual([])
  })
})

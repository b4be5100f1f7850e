/** One recorded IP packet, as far as it says where it was going. */
export interface Packet {
  /** The number of the link on which it was seen. */
  readonly link: number
  readonly destination: string
  /** IANA's protocol number: 1 ICMP, 6 TCP, 17 UDP, 58 ICMPv6. */
  readonly protocol: number
  readonly port?: number
  /** The name in the first question of a DNS query to port 53 over UDP. */
  readonly question?: string
}

const FILE_HEADER = 24
const RECORD_HEADER = 16
/** LINKTYPE_LINUX_SLL2: protocol (2), reserved (2), interface index (4), ARPHRD (2), type (1), address (9). */
const LINK_HEADER = 20

/** Reads a pcap file of link type LINUX_SLL2 (draft-ietf-opsawg-pcap; tcpdump.org/linktypes); a cut end is left out. */
export function packetsOf(file: Buffer): Packet[] {
  const packets: Packet[] = []
  let at = FILE_HEADER
  while (at + RECORD_HEADER <= file.length) {
    const size = file.readUInt32LE(at + 8)
    const start = at + RECORD_HEADER
    at = start + size
    if (at > file.length) break
    const packet = packetOf(file.subarray(start, at))
    if (packet !== undefined) packets.push(packet)
  }
  return packets
}

function packetOf(frame: Buffer): Packet | undefined {
  if (frame.length < LINK_HEADER + 20) return undefined
  const type = frame.readUInt16BE(0)
  const link = frame.readUInt32BE(4)
  const body = frame.subarray(LINK_HEADER)
  if (type === 0x0800) {
    const length = (body.readUInt8(0) & 15) * 4
    const destination = [...body.subarray(16, 20)].join('.')
    return { link, destination, ...transport(body.readUInt8(9), body.subarray(length)) }
  }
  if (type === 0x86dd && body.length >= 40) {
    return {
      link,
      destination: v6(body.subarray(24, 40)),
      ...transport(body.readUInt8(6), body.subarray(40)),
    }
  }
  return undefined
}

function transport(protocol: number, body: Buffer): Pick<Packet, 'protocol' | 'port' | 'question'> {
  if ((protocol !== 6 && protocol !== 17) || body.length < 4) return { protocol }
  const port = body.readUInt16BE(2)
  const question = protocol === 17 && port === 53 ? questionOf(body.subarray(8)) : undefined
  return question === undefined ? { protocol, port } : { protocol, port, question }
}

/** The name of the first question (RFC 1035, 4.1.2); undefined for an answer or a cut packet. */
function questionOf(message: Buffer): string | undefined {
  if (message.length < 13 || (message.readUInt8(2) & 0x80) !== 0) return undefined
  const labels: string[] = []
  for (let at = 12; at < message.length; ) {
    const size = message.readUInt8(at)
    if (size === 0) return labels.join('.').toLowerCase()
    labels.push(message.toString('latin1', at + 1, at + 1 + size))
    at += 1 + size
  }
  return undefined
}

/** RFC 5952, without shortening of zeros: `fe80:0:0:0:0:0:0:1`. */
function v6(bytes: Buffer): string {
  return Array.from({ length: 8 }, (_each, i) => bytes.readUInt16BE(i * 2).toString(16)).join(':')
}

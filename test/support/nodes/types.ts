import type { NodeState } from './node-state.ts'

export interface NodeExecOptions {
  readonly input?: string | Uint8Array
  /** Milliseconds until the command and what it started are killed (code 124); ten minutes when left out. */
  readonly timeout?: number
  /** Added to the node's own environment (PATH, HOME, LANG). */
  readonly env?: Readonly<Record<string, string>>
  /** False: a code other than 0 is a result. Left out: it is an error that shows what was printed. */
  readonly check?: boolean
}

export interface NodeExecResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A command that a test watches while it runs, and may kill half way. */
export interface RunningCommand {
  /**
   * Sends a signal (SIGKILL when left out) to the command and its children, as a lost terminal or a power cut
   * reaches them; what made a session of its own (a service) is not touched.
   */
  kill(signal?: NodeJS.Signals): Promise<void>
  /** What it printed and how it ended; never rejects because of its exit code. */
  readonly done: Promise<NodeExecResult>
  /** The lines of standard output as they come; each line is given once. */
  readonly lines: AsyncIterable<string>
}

/** A machine: its own systemd, network and disk. */
export interface TestNode {
  readonly name: string
  readonly address: string
  /**
   * Its root file system as this machine sees it, also while it is off; what the node mounted (/run, /proc, a full
   * disk) is not seen there.
   */
  readonly root: string
  /** Its first process as this machine counts (on QEMU the emulator); undefined while it is off. */
  leader(): number | undefined
  /**
   * Runs a command as root and waits for it; a string is run by `sh -c`.
   * @throws Error with what it printed, when it ended with another code than 0 (see `check`)
   */
  exec(command: string | readonly string[], options?: NodeExecOptions): Promise<NodeExecResult>
  spawn(command: readonly string[], options?: Pick<NodeExecOptions, 'env'>): RunningCommand
  /** Copies a file or a folder of this machine to the path `target` (not into it); owners and modes are kept. */
  copyIn(source: string, target: string): Promise<void>
  /** Missing folders are made. The mode is 0644 unless given. */
  writeFile(path: string, content: string | Uint8Array, mode?: number): Promise<void>
  readFile(path: string): Promise<string>
  /** Starts a node that is off, with an empty /run and no network of its own making left, as after a real boot. */
  boot(): Promise<void>
  /** Shuts down in order: units are stopped first. */
  powerOff(): Promise<void>
  /**
   * Kills everything at once. The disk stays as the kernel sees it; QEMU loses unwritten pages too, and a node with
   * a `volatileDisk` whatever was not flushed.
   */
  powerLoss(): Promise<void>
  /** `powerOff`, then `boot`. */
  reboot(): Promise<void>
  /**
   * Puts a file system of its own under the folder `path`, with what is in it, and leaves `leaveBytes` (0) free:
   * `df` and write(2) say that the disk is full. Disposing gives the space back; the content stays, also through a
   * power cycle.
   */
  fillDisk(path: string, leaveBytes?: number): Promise<AsyncDisposable>
  /** Makes the folder read-only (EROFS) until disposed or the next boot. */
  readOnly(path: string): Promise<AsyncDisposable>
  /**
   * From now on the node's programs read a time that differs by so many seconds; 0 is the right time again.
   * QEMU: the guest's own clock. nspawn: the answer to clock_gettime(CLOCK_REALTIME), gettimeofday and time is changed
   * for running and new programs, static ones included; on amd64 only. What the kernel itself writes down stays right
   * there (times of files, the source time of journal entries), as do timers that wait for a time of day.
   */
  clock(offsetSeconds: number): Promise<void>
  /** The journal since the first boot, of one unit or of all. */
  journal(unit?: string): Promise<string>
  /** Everything that an installation may leave behind; compare two with `diffStates`. */
  snapshot(): Promise<NodeState>
}

/** Somebody on a node wanted something that is neither the node itself nor the other one. */
export interface EgressAttempt {
  readonly node: string
  /** `packet`: it left the node. `no-route`: refused by the node itself. `name`: a name outside the cluster was asked for. */
  readonly kind: 'packet' | 'no-route' | 'name'
  readonly protocol: 'tcp' | 'udp' | 'icmp' | 'dns' | 'other'
  /** An address, or the name that was asked for. */
  readonly destination: string
  readonly port?: number
  /** The program, where it is known. */
  readonly program?: string
}

/** What the nodes do beyond each other, and who ends it all. */
interface Lab extends AsyncDisposable {
  /**
   * Every attempt since the start, each destination once. Link-local multicast and names of the cluster
   * (`*.cluster.local`, single labels, reverse look-ups) are none.
   */
  egress(): Promise<EgressAttempt[]>
}

export interface Single extends Lab {
  readonly node: TestNode
}

export interface Pair extends Lab {
  readonly cloud: TestNode
  readonly edge: TestNode
  /** Takes a machine away at once, and puts a new one with its name and address, and nothing else of it, in its place. */
  replace(name: 'cloud' | 'edge'): Promise<void>
  /** Pulls the cable between the two (both lose the carrier) until disposed. */
  cutLink(): Promise<AsyncDisposable>
}

/** A pair with a second edge, 10.77.0.3, on the same wire. */
export interface Trio extends Pair {
  readonly edge2: TestNode
}

export type NodeImage = 'debian-12' | 'debian-13'

export interface NodeOptions {
  readonly image?: NodeImage
  /** True when left out: a default route to a gateway that answers `network unreachable` to everything. */
  readonly defaultRoute?: boolean
  /** For /etc/resolv.conf; 127.0.0.1 when left out, null leaves the file empty. */
  readonly nameserver?: string | null
  /**
   * True: a power loss takes what no flush (fsync, the journal's commits) has made lasting, in any part of it, which
   * a disk with a write cache may do. For containers; full and read-only folders do not outlive it there.
   */
  readonly volatileDisk?: boolean
  /** Changes a node before its first boot: files under `node.root`, `writeFile`, `copyIn`. */
  readonly mutate?: (node: TestNode) => void | Promise<void>
}

// Required by the program and its threads in counting.test.ts: writes a line to $EDGELIFT_COUNT for each update of a hash
// (its bytes) and each sync to the disk.
const crypto = require('node:crypto')
const fs = require('node:fs')
const { syncBuiltinESMExports } = require('node:module')

const out = fs.openSync(process.env.EDGELIFT_COUNT, 'a')
const count = (what, bytes) => fs.writeSync(out, `${what} ${bytes}\n`)

const { update } = crypto.Hash.prototype
crypto.Hash.prototype.update = function (data, encoding) {
  count('hash', typeof data === 'string' ? Buffer.byteLength(data) : data.byteLength)
  return update.call(this, data, encoding)
}

// The class of handles has no name to reach it by: its first object leads to it.
const { open } = fs.promises
let isCounting = false
fs.promises.open = async (...args) => {
  const handle = await open(...args)
  if (!isCounting) countSyncs(Object.getPrototypeOf(handle))
  isCounting = true
  return handle
}
syncBuiltinESMExports()

function countSyncs(prototype) {
  for (const name of ['sync', 'datasync']) {
    const original = prototype[name]
    prototype[name] = function () {
      count('sync', 1)
      return original.call(this)
    }
  }
}

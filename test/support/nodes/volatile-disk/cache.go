package main

import (
	"math/rand"
	"os"
	"sync"
)

// blockSize is what a disk writes at once or not at all: a block is old or new, never torn.
const blockSize = 4096

// cache is a disk's volatile write cache in front of its medium. Of what was written since the last flush each
// block is on the medium, or in the cache alone and gone with the power, in any combination: a disk writes its cache
// out in whatever order it likes, and a flush is the only promise (block layer of Linux, writeback cache control).
type cache struct {
	mutex  sync.Mutex
	medium *os.File
	held   map[int64][]byte
	random *rand.Rand
}

func newCache(medium *os.File, seed int64) *cache {
	return &cache{medium: medium, held: map[int64][]byte{}, random: rand.New(rand.NewSource(seed))}
}

// read fills data from offset on, as a program on the running machine sees the disk.
func (c *cache) read(data []byte, offset int64) error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.eachBlock(data, offset, func(part []byte, number, within int64) error {
		if block, ok := c.held[number]; ok {
			copy(part, block[within:])
			return nil
		}
		_, err := c.medium.ReadAt(part, number*blockSize+within)
		return err
	})
}

// write takes data into the cache; about every second block reaches the medium at once.
func (c *cache) write(data []byte, offset int64) error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.eachBlock(data, offset, func(part []byte, number, within int64) error {
		block := make([]byte, blockSize)
		if held, ok := c.held[number]; ok {
			copy(block, held)
		} else if len(part) < blockSize {
			if _, err := c.medium.ReadAt(block, number*blockSize); err != nil {
				return err
			}
		}
		copy(block[within:], part)
		if c.random.Intn(2) == 0 {
			c.held[number] = block
			return nil
		}
		delete(c.held, number)
		_, err := c.medium.WriteAt(block, number*blockSize)
		return err
	})
}

// flush brings all that was written before it to the medium.
func (c *cache) flush() error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for number, block := range c.held {
		if _, err := c.medium.WriteAt(block, number*blockSize); err != nil {
			return err
		}
	}
	clear(c.held)
	return nil
}

func (c *cache) eachBlock(data []byte, offset int64, visit func(part []byte, number, within int64) error) error {
	for len(data) > 0 {
		within := offset % blockSize
		length := min(blockSize-within, int64(len(data)))
		if err := visit(data[:length], offset/blockSize, within); err != nil {
			return err
		}
		data, offset = data[length:], offset+length
	}
	return nil
}

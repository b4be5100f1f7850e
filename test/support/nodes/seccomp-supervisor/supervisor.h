#define _GNU_SOURCE
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct rules {
  bool limits;    // resource limits and oom_score_adj: granted as far as this machine allows, success in any case
  int64_t *clock; // nanoseconds to add to the real time; a file shared with whoever sets it
  int routes;     // where connections that have no route are written down, or -1
  int pid_fd;     // where the command's process number is written, or -1
};

void die(const char *what);

// Puts this process and its descendants under the filter; returns the descriptor on which its calls arrive.
int install_filter(const struct rules *rules);

// Answers calls until the last process under the filter is gone.
void answer(int listener, const struct rules *rules);

// Makes process `pid` ask the kernel for the time, so that the answer can be changed.
void reach_clock(pid_t pid);

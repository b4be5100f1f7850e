// seccomp-supervisor: runs a command, and answers in the kernel's place the few system calls that a test node has to have and
// that this machine's root may be refused (see docs/en/testing.md, "What the seccomp-supervisor does").
//
//   seccomp-supervisor [--limits] [--clock FILE] [--routes FILE] [--cgroup DIR]... [--pid-fd N] [--enter PID] -- COMMAND ARG...
//   seccomp-supervisor --clock-reaches PID...
//
// Three processes: this one waits for the command and ends with its exit code; the command runs under a seccomp
// filter that all its descendants inherit; the answering process lives as long as any of them.

#include "supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t command = 0;

void die(const char *what) {
  fprintf(stderr, "seccomp-supervisor: %s: %s\n", what, strerror(errno));
  exit(125);
}

static void forward(int signal) {
  if (command > 0) kill(-command, signal);
}

static void join_cgroup(const char *folder) {
  char path[4096];
  snprintf(path, sizeof path, "%s/cgroup.procs", folder);
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, "0\n", 2) != 2) die(path);
  close(fd);
}

static void enter(pid_t leader) {
  int fd = (int)syscall(SYS_pidfd_open, leader, 0);
  if (fd < 0) die("pidfd_open");
  // Joining its mount namespace also takes its root directory.
  if (setns(fd, CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWCGROUP) != 0)
    die("setns");
  close(fd);
  if (chdir("/") != 0) die("chdir");
}

static void send_fd(int socket, int fd) {
  char byte = 0;
  struct iovec data = {.iov_base = &byte, .iov_len = 1};
  union { struct cmsghdr header; char room[CMSG_SPACE(sizeof(int))]; } control = {0};
  struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.room};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(header), &fd, sizeof fd);
  if (sendmsg(socket, &message, 0) != 1) die("sendmsg");
}

static int receive_fd(int socket) {
  char byte;
  struct iovec data = {.iov_base = &byte, .iov_len = 1};
  union { struct cmsghdr header; char room[CMSG_SPACE(sizeof(int))]; } control;
  struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.room};
  if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1) return -1;
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (header == NULL) return -1;
  int fd;
  memcpy(&fd, CMSG_DATA(header), sizeof fd);
  return fd;
}

// Lives apart from the command's standard streams: whoever reads those must see their end.
static void start_answering(int socket, struct rules *rules) {
  pid_t pid = fork();
  if (pid < 0) die("fork");
  if (pid > 0) return;
  setsid();
  prctl(PR_SET_NAME, "seccomp-answers");
  int nothing = open("/dev/null", O_RDWR);
  for (int fd = 0; fd < 3; fd++) dup2(nothing, fd);
  if (rules->pid_fd > 2) close(rules->pid_fd);
  int listener = receive_fd(socket);
  if (listener < 0) _exit(0);
  close(socket);
  answer(listener, rules);
  _exit(0);
}

static void start_command(int socket, const struct rules *rules, char **arguments) {
  command = fork();
  if (command < 0) die("fork");
  if (command > 0) return;
  setsid(); // one process group that a test can kill as a whole
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (rules->pid_fd > 2) close(rules->pid_fd);
  int listener = install_filter(rules);
  if (listener < 0) die("seccomp");
  send_fd(socket, listener);
  close(listener);
  close(socket);
  for (int signal = 1; signal < 32; signal++) (void)!(sigaction(signal, &(struct sigaction){.sa_handler = SIG_DFL}, NULL));
  execvp(arguments[0], arguments);
  fprintf(stderr, "seccomp-supervisor: %s: %s\n", arguments[0], strerror(errno));
  _exit(errno == ENOENT ? 127 : 126);
}

static int64_t *map_clock(const char *path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) die(path);
  void *clock = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0);
  if (clock == MAP_FAILED) die(path);
  close(fd);
  return clock;
}

int main(int count, char **words) {
  struct rules rules = {.routes = -1, .pid_fd = -1};
  pid_t leader = 0;
  static const struct option options[] = {
      {"limits", no_argument, NULL, 'l'},      {"clock", required_argument, NULL, 'c'},
      {"routes", required_argument, NULL, 'r'}, {"cgroup", required_argument, NULL, 'g'},
      {"pid-fd", required_argument, NULL, 'p'}, {"enter", required_argument, NULL, 'e'},
      {"clock-reaches", no_argument, NULL, 'R'}, {0}};
  for (int option; (option = getopt_long(count, words, "+", options, NULL)) != -1;) {
    if (option == 'l') rules.limits = true;
    else if (option == 'c') rules.clock = map_clock(optarg);
    else if (option == 'r') {
      rules.routes = open(optarg, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
      if (rules.routes < 0) die(optarg);
    } else if (option == 'g') join_cgroup(optarg);
    else if (option == 'p') rules.pid_fd = atoi(optarg);
    else if (option == 'e') leader = atoi(optarg);
    else if (option == 'R') {
      for (int i = optind; i < count; i++) reach_clock(atoi(words[i]));
      return 0;
    } else return 125;
  }
  if (optind >= count) {
    fprintf(stderr, "seccomp-supervisor: no command\n");
    return 125;
  }

  prctl(PR_SET_PDEATHSIG, SIGKILL);
  int sockets[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) die("socketpair");
  // Before entering: it reads the /proc of the machine, in which all processes are.
  start_answering(sockets[0], &rules);
  close(sockets[0]);
  if (leader > 0) enter(leader);
  static const int passed_on[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
  for (size_t i = 0; i < sizeof passed_on / sizeof *passed_on; i++)
    sigaction(passed_on[i], &(struct sigaction){.sa_handler = forward}, NULL);
  start_command(sockets[1], &rules, words + optind);
  close(sockets[1]);
  if (rules.pid_fd >= 0) {
    dprintf(rules.pid_fd, "%d\n", command);
    close(rules.pid_fd);
  }
  int status;
  for (;;) {
    pid_t ended = waitpid(command, &status, 0);
    if (ended == command) break;
    if (ended < 0 && errno != EINTR) die("waitpid");
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

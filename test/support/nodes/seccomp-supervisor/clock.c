#include "supervisor.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#ifdef __x86_64__

// Programs read the time in the vDSO, which the kernel maps into each of them, without a system call. Its functions
// are overwritten in that process alone (the pages are private) by the system calls of the same name.
static const struct { const char *name; unsigned char code[8]; } functions[] = {
    {"__vdso_clock_gettime", {0xb8, 228, 0, 0, 0, 0x0f, 0x05, 0xc3}}, // mov $228,%eax; syscall; ret
    {"__vdso_gettimeofday", {0xb8, 96, 0, 0, 0, 0x0f, 0x05, 0xc3}},
    {"__vdso_time", {0xb8, 201, 0, 0, 0, 0x0f, 0x05, 0xc3}},
};

// Where the vDSO has a function, from its start. All processes have the same vDSO, at different addresses.
static size_t offset_of(const char *name) {
  const unsigned char *image = (const unsigned char *)getauxval(AT_SYSINFO_EHDR);
  if (image == NULL) return 0;
  const Elf64_Ehdr *head = (const Elf64_Ehdr *)image;
  const Elf64_Shdr *sections = (const Elf64_Shdr *)(image + head->e_shoff);
  for (int i = 0; i < head->e_shnum; i++) {
    if (sections[i].sh_type != SHT_DYNSYM) continue;
    const Elf64_Sym *symbols = (const Elf64_Sym *)(image + sections[i].sh_offset);
    const char *names = (const char *)image + sections[sections[i].sh_link].sh_offset;
    for (size_t s = 0; s < sections[i].sh_size / sizeof *symbols; s++)
      if (strcmp(names + symbols[s].st_name, name) == 0) return symbols[s].st_value;
  }
  return 0;
}

static unsigned long vdso_of(pid_t pid) {
  char path[64], line[512];
  unsigned long start = 0;
  snprintf(path, sizeof path, "/proc/%d/maps", pid);
  FILE *maps = fopen(path, "re");
  if (maps == NULL) return 0;
  while (fgets(line, sizeof line, maps))
    if (strstr(line, "[vdso]")) {
      sscanf(line, "%lx", &start);
      break;
    }
  fclose(maps);
  return start;
}

void reach_clock(pid_t pid) {
  unsigned long start = vdso_of(pid);
  if (start == 0) return;
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/mem", pid);
  int memory = open(path, O_RDWR | O_CLOEXEC);
  if (memory < 0) return;
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    size_t offset = offset_of(functions[i].name);
    if (offset > 0) (void)!pwrite(memory, functions[i].code, sizeof functions[i].code, (off_t)(start + offset));
  }
  close(memory);
}

#else

// Other architectures have no system call that every program makes first.
void reach_clock(pid_t pid) { (void)pid; }

#endif

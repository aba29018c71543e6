// Mounting, and what is mounted, which the Glibc module leaves out.
#include <sys/mount.h>
#include <sys/vfs.h>

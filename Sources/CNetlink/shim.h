// The kernel's interface to links, addresses, neighbours and rules, which the Glibc module leaves out.
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/if_link.h>
#include <linux/if_addr.h>
#include <linux/veth.h>
#include <linux/neighbour.h>
#include <linux/genetlink.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/wireguard.h>

// Namespaces, which glibc declares for GNU programs alone, and the Glibc module thus leaves out. Tests make theirs with them.
#include <linux/sched.h>
int unshare(int kinds);
int setns(int descriptor, int kind);

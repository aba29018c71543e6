extension BalancingRulesTests {
    static let golden = """
        table inet swarmd
        delete table inet swarmd
        table inet swarmd {
            set virtual {
                type ipv4_addr
                elements = {
                    10.0.0.5,
                    10.0.1.5,
                }
            }

            map balanced {
                type ipv4_addr : verdict
                elements = {
                    10.0.0.5 : goto vip-10.0.0.5,
                    10.0.1.5 : goto vip-10.0.1.5,
                }
            }

            map published {
                type inet_proto . inet_service : verdict
                elements = {
                    tcp . 8080 : goto port-tcp-8080,
                }
            }

            set unready {
                type inet_proto . inet_service
            }

            set within {
                type ifname . ifname
                elements = {
                    "swb-front" . "swb-front",
                    "swb-mesh" . "swb-mesh",
                }
            }

            map own {
                type ifname : ipv4_addr
                elements = {
                    "swb-front" : 10.0.1.2,
                    "swb-mesh" : 10.0.0.2,
                }
            }

            set subnets {
                type ipv4_addr
                flags interval
                elements = {
                    10.0.0.0/24,
                    10.0.1.0/24,
                }
            }

            set bridges {
                type ether_addr
                elements = {
                    02:42:0a:00:00:02,
                    02:42:0a:00:01:02,
                }
            }

            set reachable {
                type ipv4_addr
                elements = {
                    10.0.0.11,
                }
            }

            set internal {
                type ifname
            }

            set connected {
                type ipv4_addr
            }

            set peers {
                type ipv4_addr
                elements = {
                    192.0.2.2,
                    192.0.2.3,
                }
            }

            set peers6 {
                type ipv6_addr
            }

            chain vip-10.0.1.5 {
                comment "web in front-net"
                meta l4proto { tcp, udp, sctp } dnat ip to numgen inc mod 2 map { 0 : 10.0.1.11, 1 : 10.0.1.12 }
            }

            chain vip-10.0.0.5 {
                comment "web in mesh-net"
                meta l4proto { tcp, udp, sctp } dnat ip to numgen inc mod 2 map { 0 : 10.0.0.11, 1 : 10.0.0.12 }
            }

            chain port-tcp-8080 {
                comment "web"
                meta l4proto tcp dnat ip to numgen inc mod 2 map { 0 : 10.0.0.11 . 80, 1 : 10.0.0.12 . 80 }
            }

            chain prerouting {
                type nat hook prerouting priority dstnat - 1; policy accept;
                iifname "swb-*" fib daddr . iif type local ip daddr vmap @balanced
                fib daddr type local meta l4proto . th dport vmap @published
            }

            chain output {
                type nat hook output priority -101; policy accept;
                ip daddr vmap @balanced
                fib daddr type local meta l4proto . th dport vmap @published
            }

            chain postrouting {
                type nat hook postrouting priority srcnat - 1; policy accept;
                ct status dnat ct original ip daddr @virtual snat ip to oifname map @own
                ct status dnat oifname "swb-mesh" meta l4proto != sctp ip daddr @reachable ip saddr != @subnets fib saddr type != local accept
                ct status dnat oifname "swb-mesh" snat ip to 10.0.0.2
            }

            chain forward {
                type filter hook forward priority filter - 1; policy accept;
                iifname != "swb-*" oifname != "swb-*" accept
                ct state established,related accept
                iifname . oifname @within accept
                ct state invalid drop
                meta nfproto ipv6 drop
                iifname @internal ip saddr != @connected counter drop
                oifname @internal ip daddr != @connected counter drop
                ct status dnat accept
                oifname "swb-*" counter drop
            }

            chain input {
                type filter hook input priority filter - 1; policy accept;
                iifname "swb-*" ct state invalid drop
                ct state new ip daddr @virtual goto unbalanced
                ct state new meta l4proto . th dport @unready goto refuse
                iifname @internal ip saddr != @connected fib daddr . iif type unicast counter drop
            }

            chain unbalanced {
                ct state invalid drop
                ip protocol icmp accept
                goto refuse
            }

            chain refuse {
                meta l4proto tcp reject with tcp reset
                reject with icmpx port-unreachable
            }

            chain redirects {
                type filter hook output priority filter - 1; policy accept;
                oifname "swb-*" icmp type redirect drop
            }

            chain early {
                type filter hook prerouting priority raw; policy accept;
                iifname "swb-*" jump frames
                udp dport 4789 goto carriers
            }

            chain frames {
                ip daddr 127.0.0.0/8 drop
                ip saddr 127.0.0.0/8 drop
                ether daddr != @bridges ip saddr @subnets ip daddr @subnets notrack
            }

            chain carriers {
                fib daddr type != local accept
                ip saddr @peers notrack accept
                ip6 saddr @peers6 notrack accept
                counter drop
            }

            chain untracked {
                type filter hook output priority raw; policy accept;
                udp dport 4789 ip daddr @peers notrack accept
                udp dport 4789 ip6 daddr @peers6 notrack accept
            }
        }

        """
}

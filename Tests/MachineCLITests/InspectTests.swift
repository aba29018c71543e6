import Foundation
import GoTemplate
import Machine
import Testing

@testable import MachineCLI

@Suite struct InspectTests {
    /// A machine's `config.json` with the given text in its `HostOptions`, as JSON members with a comma behind.
    private func configuration(_ members: String) throws -> HostConfiguration {
        let text = """
            {"ConfigVersion": 3, "Name": "n1", "DriverName": "virtualbox",
             "Driver": {"IPAddress": "192.168.99.100", "MachineName": "n1", "SSHUser": "docker", "SSHPort": 22, "CPU": 1,
               "SSHKeyPath": "/home/u/.docker/machine/machines/n1/id_rsa", "StorePath": "/home/u/.docker/machine",
               "Memory": 1024, "DiskSize": 20000, "LibvirtURI": "qemu:///system", "Network": "swarmlab"},
             "HostOptions": {\(members)
               "EngineOptions": {"ArbitraryFlags": [], "Env": [], "InsecureRegistry": [], "Labels": ["a=b"], "StorageDriver": "",
                 "RegistryMirror": [], "InstallURL": "https://get.docker.com"},
               "AuthOptions": {"CertDir": "/c", "CaCertPath": "/c/ca.pem", "CaPrivateKeyPath": "/c/ca-key.pem",
                 "ClientCertPath": "/c/cert.pem", "ClientKeyPath": "/c/key.pem", "ServerCertPath": "/m/n1/server.pem",
                 "ServerKeyPath": "/m/n1/server-key.pem", "ServerCertSANs": [], "StorePath": "/m/n1"}}}
            """
        return try JSONDecoder().decode(HostConfiguration.self, from: Data(text.utf8))
    }

    @Test func `a machine that was made before has the block of one outside any Swarm`() throws {
        let configuration = try configuration("")
        #expect(configuration.options.swarm == SwarmOptions())
        try expectGolden(InspectOutput.json(try Value(json: configuration.json())), "inspect")
    }

    @Test(arguments: [
        ("{{.HostOptions.SwarmOptions.IsSwarm}}", "false"), ("{{.HostOptions.SwarmOptions.Master}}", "false"),
        ("{{.HostOptions.SwarmOptions.Host}}", "tcp://0.0.0.0:3376"), ("{{.HostOptions.SwarmOptions.Image}}", "swarm:latest"),
        ("{{.HostOptions.SwarmOptions.Strategy}}", "spread"), ("{{json .HostOptions.SwarmOptions.Env}}", "null"),
        ("{{.HostOptions.SwarmOptions.Discovery}}", ""), ("{{json .HostOptions.SwarmOptions.ArbitraryFlags}}", "[]"),
    ])
    func `templates find docker-machine's values in it`(template: String, text: String) throws {
        let value = try Value(json: try configuration("").json())
        #expect(try InspectOutput.formatted(value, template: template) == text + "\n")
    }

    @Test func `what docker-machine wrote is kept, whatever its version left out`() throws {
        let configuration = try configuration(
            #""SwarmOptions": {"IsSwarm": true, "Master": true, "Discovery": "token://1", "ArbitraryFlags": null, "Overcommit": 0.05},"#
        )
        let swarm = configuration.options.swarm
        #expect(swarm.isSwarm && swarm.isMaster && !swarm.isAgent && swarm.discovery == "token://1")
        #expect(swarm.arbitraryFlags.isEmpty && swarm.overcommit == 0.05 && swarm.strategy == "spread")
        let again = try JSONDecoder().decode(HostConfiguration.self, from: configuration.json())
        #expect(again == configuration)
    }
}

extension BalancingRulesTests {
    static let golden = """
        GOLDEN

        """
}

/// One of two graphs, by a condition.
///
/// Inputs: condition, one bool; then the outer values that the graphs read. Outputs: those of the
/// graph that ran.
package struct If: ControlFlowOperator {
  package var thenBranch: Subgraph
  package var elseBranch: Subgraph

  package init(thenBranch: Subgraph, elseBranch: Subgraph) {
    self.thenBranch = thenBranch
    self.elseBranch = elseBranch
  }

  package var name: String { "If" }

  package func evaluate(_ inputs: [Tensor?], budget: EvaluationBudget) throws -> [Tensor] {
    let branch = try branch(try required(inputs, 0))
    return try branch.run([], captured: inputs[1...], budget: budget)
  }

  /// The graph that a condition selects.
  package func branch(_ condition: Tensor) throws -> Subgraph {
    try truth(condition, "the condition") ? thenBranch : elseBranch
  }
}

/// A graph repeated a number of times or while a condition holds.
///
/// Inputs: turns?, one integer; condition?, one bool; the carried values; then the outer values that
/// the body reads. The body takes the turn's number (Int64 scalar), the condition and the carried
/// values, and gives the next condition, the next carried values and any number of values to collect.
/// Outputs: the carried values after the last turn, then the collected ones stacked on a new first
/// axis.
package struct Loop: ControlFlowOperator {
  package var body: Subgraph
  /// Carried values.
  package var carriedCount: Int

  package init(body: Subgraph, carriedCount: Int) {
    self.body = body
    self.carriedCount = carriedCount
  }

  package var name: String { "Loop" }

  package func evaluate(_ inputs: [Tensor?], budget: EvaluationBudget) throws -> [Tensor] {
    var limit = Int.max
    if let turns = optional(inputs, 0) {
      guard turns.count == 1, let count = try turns.integers().first else {
        throw OperatorError.invalidInput("the number of turns has shape \(turns.shape)")
      }
      limit = count
    }
    var isGoing = try optional(inputs, 1).map { try truth($0, "the condition") } ?? true
    guard inputs.count >= 2 + carriedCount else {
      throw OperatorError.invalidInput("\(inputs.count) inputs for \(carriedCount) carried values")
    }
    var carried = try (0..<carriedCount).map { try required(inputs, 2 + $0) }
    let collectedCount = body.graph.outputs.count - 1 - carriedCount
    var collected = [[Tensor]](repeating: [], count: max(collectedCount, 0))
    var turn = 0
    while turn < limit, isGoing {
      try budget.spend(work: 1)
      let arguments = [
        try Tensor([turn], shape: []),
        try Tensor(.bool, shape: [], as: UInt8.self) { $0[0] = isGoing ? 1 : 0 },
      ]
      let results = try body.run(
        arguments + carried, captured: inputs[(2 + carriedCount)...], budget: budget)
      isGoing = try truth(results[0], "the body's condition")
      carried = Array(results[1..<1 + carriedCount])
      for index in collected.indices {
        let result = results[1 + carriedCount + index]
        try budget.hold(result.byteCount)
        collected[index].append(result)
      }
      turn += 1
    }
    for results in collected { for result in results { budget.release(result.byteCount) } }
    return try carried
      + collected.enumerated().map { index, results in
        try stack(results, declared: body.declaredOutputs[1 + carriedCount + index])
      }
  }

  private func stack(_ results: [Tensor], declared: TensorType?) throws -> Tensor {
    if !results.isEmpty { return try .stacked(results, axis: 0) }
    guard let declared else {
      throw OperatorError.unsupported("a loop without turns whose body declares no types")
    }
    return try Tensor(zeros: declared.elementType, shape: [0] + declared.shape)
  }
}

/// A graph run over the slices of tensors, carrying values from one to the next.
///
/// Inputs: the carried values; the scanned tensors, equally long along their scanned axes; then the
/// outer values that the body reads. The body takes the carried values and one slice of each tensor,
/// and gives the next carried values and any number of values to collect. Outputs: the carried values
/// after the last slice, then the collected ones stacked on a new axis.
package struct Scan: ControlFlowOperator {
  /// An axis and whether it is walked from its end.
  package struct Direction: Hashable, Sendable {
    package var axis: Int
    package var isReversed: Bool

    package init(axis: Int, isReversed: Bool) {
      self.axis = axis
      self.isReversed = isReversed
    }
  }

  package var body: Subgraph
  package var inputs: [Direction]
  package var outputs: [Direction]
  /// Whether axis 0 of everything counts separate scans, as in operator set 8.
  package var isBatched: Bool

  /// - Parameters:
  ///   - inputs: One per scanned tensor.
  ///   - outputs: One per collected value; axes count the new one.
  package init(body: Subgraph, inputs: [Direction], outputs: [Direction], isBatched: Bool = false) {
    self.body = body
    self.inputs = inputs
    self.outputs = outputs
    self.isBatched = isBatched
  }

  package var name: String { "Scan" }

  private var carriedCount: Int { body.formalCount - inputs.count }

  package func evaluate(_ given: [Tensor?], budget: EvaluationBudget) throws -> [Tensor] {
    guard given.count >= body.formalCount, carriedCount >= 0,
      body.graph.outputs.count == carriedCount + outputs.count
    else { throw OperatorError.invalidInput("the body's inputs and outputs do not fit the node's") }
    let arguments = try (0..<body.formalCount).map { try required(given, $0) }
    let captured = given[body.formalCount...]
    guard isBatched else { return try scan(arguments, captured, budget) }
    guard let batch = arguments.first?.shape.first,
      arguments.allSatisfy({ $0.shape.first == batch }), batch > 0
    else { throw OperatorError.invalidInput("inputs of different batch sizes") }
    let results = try (0..<batch).map { picture in
      try scan(try arguments.map { try $0.slice(picture, axis: 0) }, captured, budget)
    }
    return try results[0].indices.map { output in
      try .stacked(results.map { $0[output] }, axis: 0)
    }
  }

  private func scan(
    _ arguments: [Tensor], _ captured: ArraySlice<Tensor?>, _ budget: EvaluationBudget
  ) throws -> [Tensor] {
    var carried = Array(arguments[..<carriedCount])
    let scanned = arguments[carriedCount...]
    let axes = try zip(scanned, inputs).map {
      try Axes.resolve($1.axis, rank: $0.shape.count, "scan_input_axes")
    }
    let lengths = zip(scanned, axes).map { $0.shape[$1] }
    guard let length = lengths.first, lengths.allSatisfy({ $0 == length }) else {
      throw OperatorError.invalidInput("scanned lengths \(lengths) differ")
    }
    guard length > 0 || outputs.isEmpty else {
      throw OperatorError.unsupported("a scan over nothing that collects values")
    }
    var collected = [[Tensor]](repeating: [], count: outputs.count)
    for step in 0..<length {
      try budget.spend(work: 1)
      let slices = try zip(zip(scanned, axes), inputs).map { tensor, direction in
        try tensor.0.slice(direction.isReversed ? length - 1 - step : step, axis: tensor.1)
      }
      let results = try body.run(carried + slices, captured: captured, budget: budget)
      carried = Array(results[..<carriedCount])
      for index in outputs.indices {
        let result = results[carriedCount + index]
        try budget.hold(result.byteCount)
        collected[index].append(result)
      }
    }
    for results in collected { for result in results { budget.release(result.byteCount) } }
    return try carried
      + zip(collected, outputs).map { results, direction in
        try .stacked(
          direction.isReversed ? results.reversed() : results, axis: direction.axis)
      }
  }
}

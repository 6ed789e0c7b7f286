import Neural
import StrictJSON
import TestSupport
import Testing

/// Softmax in one pass and attention's masks against `Fixtures/spec/11_flash.json`.
@Suite struct OnlineSoftmaxTests {
  private let vectors: JSONValue

  init() throws { vectors = try SpecVectors("11_flash.json").root }

  @Test func traceOfTheSpecification() throws {
    let vector = try vectors.member("online_softmax_trace")
    let x = try vector.member("x").numbers
    var softmax = OnlineSoftmax()
    let trace = x.flatMap { number -> [Double] in
      softmax.add(number)
      return [softmax.maximum, softmax.sum]
    }
    expectClose(trace, try vector.member("m_l").numbers, absolute: 1e-8)
    expectClose(
      x.map(softmax.probability), try vector.member("final").numbers, absolute: 1e-8)
  }

  @Test func partsMerge() throws {
    let vector = try vectors.member("merge")
    func softmax(_ key: String) throws -> OnlineSoftmax {
      try vector.member(key).numbers.reduce(into: OnlineSoftmax()) { $0.add($1) }
    }
    var (a, b) = (try softmax("a"), try softmax("b"))
    for (part, suffix) in [(a, "a"), (b, "b")] {
      expectClose(
        [part.maximum, part.sum],
        try vector.member("m\(suffix)").numbers + vector.member("l\(suffix)").numbers,
        absolute: 1e-8)
    }
    a.merge(b)
    let expected = try vector.member("m").numbers + vector.member("l").numbers
    expectClose([a.maximum, a.sum], expected, absolute: 1e-8)
    b.merge(try softmax("a"))
    expectClose([b.maximum, b.sum], expected, absolute: 1e-8)
    b.merge(OnlineSoftmax())
    expectClose([b.maximum, b.sum], expected, absolute: 1e-8)
    #expect(OnlineSoftmax().probability(of: -.infinity) == 0)
  }

  /// Q, K and V of the specification as `[1, 1, N, d]`.
  private func operands() throws -> [Tensor] {
    let attention = try vectors.member("attention")
    let shape = [1, 1] + (try attention.member("N").integers + attention.member("d").integers)
    return try ["Q", "K", "V"].map {
      try Tensor(try attention.member($0).floats, shape: shape)
    }
  }

  private func scale() throws -> Float {
    try vectors.member("attention").member("scale").floats[0]
  }

  /// Logarithms of the rows' sums of exponentials of the scores.
  private func logarithms(_ scores: Tensor) -> [Double] {
    let count = scores.shape[3]
    let values = scores.floats().map(Double.init)
    return stride(from: 0, to: values.count, by: count).map { first in
      values[first..<first + count].reduce(into: OnlineSoftmax()) { $0.add($1) }.logarithmOfSum
    }
  }

  @Test func sumsOfRows() throws {
    let results = try MultiHeadAttention(scale: try scale(), scores: .biased)
      .evaluate(try operands())
    expectClose(
      logarithms(results[3]), try vectors.member("attention").member("lse").numbers,
      absolute: 1e-6)
  }

  @Test func causalAttention() throws {
    let vector = try vectors.member("causal")
    let operation = MultiHeadAttention(scale: try scale(), isCausal: true, scores: .biased)
    let results = try operation.evaluate(try operands())
    expectClose(results[0].floats(), try vector.member("O").floats, absolute: 1e-6)
    expectClose(logarithms(results[3]), try vector.member("lse").numbers, absolute: 1e-6)
  }

  @Test func queryThatSeesNothingGivesZeros() throws {
    let inputs = try operands()
    let count = inputs[0].shape[2]
    let mask = try Tensor(.bool, shape: [count, count], as: UInt8.self) { elements in
      for index in 0..<count * count { elements[index] = index / count == 2 ? 0 : 1 }
    }
    let y = try MultiHeadAttention(scale: try scale()).evaluate(inputs + [mask])[0].floats()
    let width = y.count / count
    let expected = try vectors.member("fully_masked_row2").member("O_row2").floats
    #expect(Array(y[2 * width..<3 * width]) == expected)
    #expect(OnlineSoftmax().logarithmOfSum == -.infinity)
    #expect(y.allSatisfy { $0.isFinite })
  }

  @Test func largeScores() throws {
    let vector = try vectors.member("large_scores")
    let scores = try vector.member("s").floats
    let y = try Softmax(axis: 0).evaluate([try Tensor(scores, shape: [3])])[0].floats()
    expectClose(y, try vector.member("softmax").floats, absolute: 1e-44)
  }

  @Test func memoryAndTiles() throws {
    for row in try #require(vectors.member("memory_floats").member("rows").arrayValue) {
      let figures = row.integers
      #expect(AttentionMemory.plain(tokens: figures[0]) == figures[1])
      #expect(AttentionMemory.tiled(tokens: figures[0], depth: 64) == figures[2])
    }
    let rule = try vectors.member("block_rule")
    let tile = AttentionMemory.tile(
      cacheNumbers: try rule.member("M").integers[0], depth: try rule.member("d").integers[0])
    #expect(try [tile.keys] == rule.member("Bc").integers)
    #expect(try [tile.queries] == rule.member("Br").integers)
  }
}

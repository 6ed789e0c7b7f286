import CKernels
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Reductions and softmax against sums in double precision.
@Suite struct ReduceReferenceTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var outer: Int
    var length: Int
    var inner: Int
    var testDescription: String { "\(outer)x\(length)x\(inner)" }

    /// The elements over which output `i` runs.
    func elements(_ i: Int) -> [Int] {
      (0..<length).map { (i / inner * length + $0) * inner + i % inner }
    }
  }
  static let cases = [
    Case(outer: 1, length: 1, inner: 1), Case(outer: 3, length: 7, inner: 1),
    Case(outer: 5, length: 16, inner: 1), Case(outer: 2, length: 77, inner: 1),
    Case(outer: 2, length: 9001, inner: 1), Case(outer: 2, length: 16, inner: 3),
    Case(outer: 1, length: 300, inner: 16), Case(outer: 3, length: 5, inner: 85),
    Case(outer: 4, length: 16, inner: 131), Case(outer: 0, length: 4, inner: 2),
    Case(outer: 2, length: 4, inner: 0),
  ]
  static let kinds: [ck_reduce_kind] = [
    CK_REDUCE_SUM, CK_REDUCE_MEAN, CK_REDUCE_MAX, CK_REDUCE_MIN, CK_REDUCE_L1, CK_REDUCE_L2,
    CK_REDUCE_SUM_SQUARE,
  ]

  private func reduced(_ kind: ck_reduce_kind, _ x: [Double]) -> Double {
    switch kind {
    case CK_REDUCE_SUM: x.reduce(0, +)
    case CK_REDUCE_MEAN: x.reduce(0, +) / Double(x.count)
    case CK_REDUCE_MAX: x.max() ?? -.infinity
    case CK_REDUCE_MIN: x.min() ?? .infinity
    case CK_REDUCE_L1: x.map { abs($0) }.reduce(0, +)
    case CK_REDUCE_L2: x.map { $0 * $0 }.reduce(0, +).squareRoot()
    default: x.map { $0 * $0 }.reduce(0, +)
    }
  }

  @Test(arguments: KernelSet.available, cases)
  func reductions(set: KernelSet, one: Case) throws {
    var generator = SeededGenerator(seed: 16)
    // All negative or all positive: an identity that leaks into a maximum or minimum shows.
    for shift: Float in [-0.75, 0.75] {
      let values = generator.floats(one.outer * one.length * one.inner).map { $0 + shift }
      for kind in Self.kinds {
        let expected = (0..<one.outer * one.inner).map { i in
          Float(reduced(kind, one.elements(i).map { Double(values[$0]) }))
        }
        let x = KernelMemory(values)
        let y = KernelMemory<Float>(repeating: 99, count: expected.count + 1)
        try runKernel(
          ck_reduce(set.isa, kind, x.pointer, y.pointer, one.outer, one.length, one.inner),
          keeping: [x, y])
        expectClose(
          Array(y.values.dropLast()), expected, absolute: 1e-6, relative: 2e-6,
          "kind \(kind.rawValue)")
        #expect(y.values.last == 99)
      }
    }
  }

  /// Sums over nothing are 0, extremes infinite, the mean is no number.
  @Test(arguments: KernelSet.available, [1, 5])
  func emptyAxis(set: KernelSet, inner: Int) throws {
    for kind in Self.kinds {
      let x = KernelMemory<Float>([])
      let y = KernelMemory<Float>(repeating: 99, count: inner)
      try runKernel(
        ck_reduce(set.isa, kind, x.pointer, y.pointer, 1, 0, inner), keeping: [x, y])
      let expected = Float(reduced(kind, []))
      #expect(y.values.allSatisfy { expected.isNaN ? $0.isNaN : $0 == expected })
    }
  }

  @Test(arguments: KernelSet.available, cases)
  func softmax(set: KernelSet, one: Case) throws {
    var generator = SeededGenerator(seed: 17)
    // Far from zero: without subtracting the maximum the exponentials overflow.
    var values = generator.floats(one.outer * one.length * one.inner).map { $0 * 10 + 200 }
    // A masked element.
    if one.length > 1 && !values.isEmpty { values[0] = -.infinity }
    for logarithm in [false, true] {
      var expected = [Float](repeating: 0, count: values.count)
      for i in 0..<one.outer * one.inner {
        let elements = one.elements(i)
        let largest = elements.map { Double(values[$0]) }.max() ?? 0
        let sum = elements.map { exp(Double(values[$0]) - largest) }.reduce(0, +)
        for e in elements {
          let z = Double(values[e]) - largest - log(sum)
          expected[e] = Float(logarithm ? z : exp(z))
        }
      }
      for inPlace in [false, true] {
        let x = KernelMemory(values + [99])
        let y = inPlace ? x : KernelMemory<Float>(repeating: 99, count: values.count + 1)
        try runKernel(
          ck_softmax(
            set.isa, logarithm ? 1 : 0, x.pointer, y.pointer, one.outer, one.length, one.inner),
          keeping: [x, y])
        expectClose(
          Array(y.values.dropLast()), expected, absolute: 1e-6, relative: 4e-6,
          logarithm ? "logarithm" : "")
        #expect(y.values.last == 99)
      }
    }
  }

  @Test(arguments: KernelSet.available, cases)
  func softmaxMean(set: KernelSet, one: Case) throws {
    var generator = SeededGenerator(seed: 18)
    let values = generator.floats(one.outer * one.length * one.inner).map { $0 * 10 + 200 }
    let weights = (0..<one.length).map { Float($0 % 16) }
    let expected = (0..<one.outer * one.inner).map { i in
      let elements = one.elements(i)
      let terms = elements.map { exp(Double(values[$0]) - 200) }
      let moment = zip(terms, weights).map { $0 * Double($1) }.reduce(0, +)
      return Float(moment / terms.reduce(0, +))
    }
    let x = KernelMemory(values)
    let y = KernelMemory<Float>(repeating: 99, count: expected.count + 1)
    try runKernel(
      ck_softmax_mean(set.isa, x.pointer, weights, y.pointer, one.outer, one.length, one.inner),
      keeping: [x, y])
    expectClose(Array(y.values.dropLast()), expected, absolute: 4e-6, relative: 2e-6)
    #expect(y.values.last == 99)
  }
}

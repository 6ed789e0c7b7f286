import CKernels
import TestSupport
import Testing

/// Planar functions against their definitions.
@Suite struct ElementwiseReferenceTests {
  /// Every activation over lengths around the vectors and chunks, from unaligned places, also in
  /// place. The polynomials are good for some units in the last place.
  @Test(arguments: KernelSet.available)
  func unary(set: KernelSet) throws {
    for kind in ElementwiseTwin.activations where kind != CK_ACT_PRELU {
      let f = ck_activation(kind: kind, a: 0.2, b: 0.7, slopes: nil)
      for (count, offset) in [(0, 0), (1, 0), (15, 3), (33, 1), (1024, 0), (2065, 5)] {
        let values = ElementwiseTwin.inputs(kind, count: count)
        let expected = values.map { ElementwiseTwin.activation(f, $0) }
        for inPlace in [false, true] {
          let x = KernelMemory([Float](repeating: 99, count: offset) + values + [99])
          let y = inPlace ? x : KernelMemory<Float>(repeating: 99, count: x.count)
          try runKernel(
            ck_unary(set.isa, f, x.pointer + offset, y.pointer + offset, count, 1, 1),
            keeping: [x, y])
          expectClose(
            Array(y.values[offset..<offset + count]), expected, absolute: 2e-6, relative: 2e-6,
            "kind \(kind.rawValue), \(count) elements")
          #expect(y.values[..<offset].allSatisfy { $0 == 99 } && y.values.last == 99)
        }
      }
    }
  }

  @Test(arguments: KernelSet.available, [(3, 1), (17, 5), (2, 700), (1, 3000)])
  func slopesPerChannel(set: KernelSet, sizes: (channels: Int, inner: Int)) throws {
    let (channels, inner) = sizes
    var generator = SeededGenerator(seed: 6)
    let slopes = generator.floats(channels)
    let values = generator.floats(3 * channels * inner)
    let x = KernelMemory(values)
    let y = KernelMemory<Float>(repeating: 99, count: values.count)
    let operation = slopes.withUnsafeBufferPointer {
      ck_unary(
        set.isa, ck_activation(kind: CK_ACT_PRELU, a: 0, b: 0, slopes: $0.baseAddress), x.pointer,
        y.pointer, values.count, inner, Int32(channels))
    }
    try runKernel(operation, keeping: [x, y])
    let expected = values.enumerated().map { i, x in
      x < 0 ? slopes[i / inner % channels] * x : x
    }
    #expect(y.values == expected)
  }

  struct Broadcast: Sendable, CustomTestStringConvertible {
    var shape: [Int]
    var a: [Int]
    var b: [Int]
    var testDescription: String { "\(shape) a \(a) b \(b)" }
  }
  static let broadcasts = [
    Broadcast(shape: [], a: [], b: []),
    Broadcast(shape: [0, 3], a: [3, 1], b: [3, 1]),
    Broadcast(shape: [1], a: [1], b: [0]),
    Broadcast(shape: [5, 333], a: [333, 1], b: [333, 1]),
    Broadcast(shape: [2, 1111], a: [1111, 1], b: [0, 0]),
    Broadcast(shape: [2, 1111], a: [0, 0], b: [1111, 1]),
    Broadcast(shape: [3, 4, 35], a: [140, 35, 1], b: [0, 35, 1]),
    Broadcast(shape: [3, 4, 35], a: [140, 35, 1], b: [4, 1, 0]),
    Broadcast(shape: [3, 4, 35], a: [0, 0, 1], b: [0, 1, 0]),
    Broadcast(shape: [3, 4, 35], a: [0, 0, 0], b: [0, 0, 0]),
    Broadcast(shape: [6, 17], a: [1, 6], b: [17, 1]),
    Broadcast(shape: [6, 17], a: [34, 2], b: [0, 3]),
    Broadcast(
      shape: [2, 1, 3, 2, 1, 2, 2, 5], a: [120, 120, 40, 20, 20, 10, 5, 1],
      b: [0, 0, 20, 0, 0, 10, 0, 2]),
  ]

  @Test(arguments: KernelSet.available, broadcasts)
  func binary(set: KernelSet, broadcast: Broadcast) throws {
    let count = broadcast.shape.reduce(1, *)
    func reach(_ strides: [Int]) -> Int {
      1 + zip(broadcast.shape, strides).map { max($0 - 1, 0) * $1 }.reduce(0, +)
    }
    var generator = SeededGenerator(seed: 7)
    // Positive, so that every power is a number.
    let a = generator.floats(reach(broadcast.a)).map { $0 + 0.75 }
    let b = generator.floats(reach(broadcast.b)).map { $0 + 0.75 }
    let f = ck_activation(kind: CK_ACT_LEAKY, a: 0.1, b: 0, slopes: nil)
    for kind in ElementwiseTwin.binaries {
      let expected = (0..<count).map { i in
        var (rest, p, q) = (i, 0, 0)
        for axis in broadcast.shape.indices.reversed() {
          p += rest % broadcast.shape[axis] * broadcast.a[axis]
          q += rest % broadcast.shape[axis] * broadcast.b[axis]
          rest /= broadcast.shape[axis]
        }
        return ElementwiseTwin.activation(f, ElementwiseTwin.binary(kind, a[p], b[q]))
      }
      let (x, z) = (KernelMemory(a), KernelMemory(b))
      var targets = [KernelMemory<Float>(repeating: 99, count: count + 1)]
      // In place, where an operand has the strides of the result.
      if broadcast.a == rowMajorStrides(broadcast.shape) && count > 0 { targets.append(x) }
      for y in targets {
        try runKernel(
          ck_binary(
            set.isa, kind, f, x.pointer, z.pointer, y.pointer, Int32(broadcast.shape.count),
            broadcast.shape.map(Int32.init), broadcast.a, broadcast.b), keeping: [x, z, y])
        expectClose(
          Array(y.values.prefix(count)), expected, absolute: 1e-6, relative: 1e-6,
          "kind \(kind.rawValue)")
        if y.count > count { #expect(y.values.last == 99) }
      }
    }
  }

  @Test(arguments: KernelSet.available, [2, 0.5, 3, -1, 0] as [Float])
  func powersOfOneExponent(set: KernelSet, exponent: Float) throws {
    let values: [Float] = (1...100).map { Float($0) / 8 }
    let (x, e) = (KernelMemory(values), KernelMemory([exponent]))
    let y = KernelMemory<Float>(repeating: 99, count: 100)
    let identity = ck_activation(kind: CK_ACT_IDENTITY, a: 0, b: 0, slopes: nil)
    try runKernel(
      ck_binary(set.isa, CK_POWER, identity, x.pointer, e.pointer, y.pointer, 1, [100], [1], [0]),
      keeping: [x, e, y])
    expectClose(
      y.values, values.map { ElementwiseTwin.binary(CK_POWER, $0, exponent) }, absolute: 0,
      relative: 1e-6)
  }
}

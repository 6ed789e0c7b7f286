import CKernels
import TestSupport
import Testing

/// Functions of blocked tensors against their definitions; borders stay zero, padding lanes finite.
@Suite struct ElementwiseBlockedReferenceTests {
  @Test(arguments: KernelSet.available, PictureShape.awkward)
  func unary(set: KernelSet, shape: PictureShape) throws {
    var generator = SeededGenerator(seed: 8)
    let slopes = generator.floats(shape.channels)
    for kind in ElementwiseTwin.activations {
      let values = ElementwiseTwin.inputs(kind, count: shape.count)
      let expected = values.enumerated().map { i, x in
        ElementwiseTwin.activation(
          ck_activation(kind: kind, a: 0.2, b: 0.7, slopes: nil), x,
          slope: slopes[i / shape.pixels % shape.channels])
      }
      for inPlace in [false, true] {
        // A square root or a reciprocal of the padding must not show.
        let x = BlockedPlanes(set, shape, values: values, padding: -1e30)
        var thick = shape
        thick.border += 1
        let y = inPlace ? x : BlockedPlanes(set, thick, padding: .nan)
        var (from, to) = (x.blocked, y.blocked)
        let operation = slopes.withUnsafeBufferPointer {
          ck_unary_blocked(
            set.isa, ck_activation(kind: kind, a: 0.2, b: 0.7, slopes: $0.baseAddress), &from, &to)
        }
        try runKernel(operation, keeping: [x, y])
        expectClose(
          y.planar(), expected, absolute: 2e-6, relative: 2e-6, "kind \(kind.rawValue)")
        y.expectIntact()
      }
    }
  }

  enum Operand: String, CaseIterable { case full, perPicture, perChannel }

  @Test(arguments: KernelSet.available, PictureShape.awkward)
  func binary(set: KernelSet, shape: PictureShape) throws {
    var generator = SeededGenerator(seed: 9)
    let a = generator.floats(shape.count).map { $0 + 0.75 }
    for operand in Operand.allCases {
      var other = shape
      if operand != .full { (other.height, other.width, other.border) = (1, 1, 0) }
      if operand == .perChannel { other.batch = 1 }
      let b = generator.floats(other.count).map { $0 + 0.75 }
      for kind in ElementwiseTwin.binaries {
        let f = ck_activation(kind: CK_ACT_RECIPROCAL, a: 0, b: 0, slopes: nil)
        let usesActivation = kind == CK_ADD
        let expected = a.indices.map { i -> Float in
          let j =
            switch operand {
            case .full: i
            case .perPicture: i / shape.pixels
            case .perChannel: i / shape.pixels % shape.channels
            }
          let y = ElementwiseTwin.binary(kind, a[i], b[j])
          return usesActivation ? 1 / y : y
        }
        for inPlace in [false, true] {
          let x = BlockedPlanes(set, shape, values: a)
          let z = BlockedPlanes(set, other, values: b)
          let y = inPlace ? (operand == .full ? z : x) : BlockedPlanes(set, shape, padding: .nan)
          var (p, q, r) = (x.blocked, z.blocked, y.blocked)
          let g = usesActivation ? f : ck_activation(kind: CK_ACT_IDENTITY, a: 0, b: 0, slopes: nil)
          try runKernel(ck_binary_blocked(set.isa, kind, g, &p, &q, &r), keeping: [x, y, z])
          expectClose(
            y.planar(), expected, absolute: 0, relative: 1e-6, "\(operand) kind \(kind.rawValue)")
          y.expectIntact()
        }
      }
    }
  }

  @Test(arguments: KernelSet.available, PictureShape.awkward)
  func scaleShift(set: KernelSet, shape: PictureShape) throws {
    var generator = SeededGenerator(seed: 10)
    let values = generator.floats(shape.count)
    let (scale, shift) = (generator.floats(shape.channels), generator.floats(shape.channels))
    let x = BlockedPlanes(set, shape, values: values)
    let y = BlockedPlanes(set, shape, padding: .nan)
    var (from, to) = (x.blocked, y.blocked)
    try runKernel(
      ck_scale_shift_blocked(set.isa, &from, &to, scale, shift), keeping: [x, y])
    let expected = values.enumerated().map { i, x in
      x * scale[i / shape.pixels % shape.channels] + shift[i / shape.pixels % shape.channels]
    }
    expectClose(y.planar(), expected, absolute: 1e-7, relative: 1e-6)
    y.expectIntact()
  }
}

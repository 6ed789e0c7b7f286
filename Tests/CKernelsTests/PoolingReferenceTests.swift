import CKernels
import TestSupport
import Testing

/// Pooling against the plain loops over windows.
@Suite struct PoolingReferenceTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var picture: PictureShape
    var kernel: (h: Int, w: Int)
    var stride = (h: 1, w: 1)
    var dilation = (h: 1, w: 1)
    var pads = (top: 0, left: 0, bottom: 0, right: 0)

    var testDescription: String {
      "\(picture) kernel \(kernel) stride \(stride) dilation \(dilation) pads \(pads)"
    }
    var output: PictureShape {
      func size(_ size: Int, _ pads: Int, _ kernel: Int, _ stride: Int, _ dilation: Int) -> Int {
        (size + pads - (kernel - 1) * dilation - 1) / stride + 1
      }
      var shape = picture
      shape.height = size(picture.height, pads.top + pads.bottom, kernel.h, stride.h, dilation.h)
      shape.width = size(picture.width, pads.left + pads.right, kernel.w, stride.w, dilation.w)
      shape.border = 1
      return shape
    }
    var options: ck_pooling_options {
      ck_pooling_options(
        kernel_h: Int32(kernel.h), kernel_w: Int32(kernel.w), stride_h: Int32(stride.h),
        stride_w: Int32(stride.w), dilation_h: Int32(dilation.h), dilation_w: Int32(dilation.w),
        pad_top: Int32(pads.top), pad_left: Int32(pads.left), count_include_pad: 0,
        pad_bottom: Int32(pads.bottom), pad_right: Int32(pads.right))
    }

    /// The input positions of every window, as (inside the picture, in the padded picture).
    func windows(_ body: (_ output: Int, _ inside: [Int], _ padded: Int) -> Void) {
      let out = output
      for plane in 0..<out.batch * out.channels {
        for y in 0..<out.height {
          for x in 0..<out.width {
            var inside: [Int] = []
            var padded = 0
            for i in 0..<kernel.h {
              for j in 0..<kernel.w {
                let iy = y * stride.h - pads.top + i * dilation.h
                let ix = x * stride.w - pads.left + j * dilation.w
                if iy < picture.height + pads.bottom && ix < picture.width + pads.right {
                  padded += 1
                }
                if iy >= 0 && iy < picture.height && ix >= 0 && ix < picture.width {
                  inside.append((plane * picture.height + iy) * picture.width + ix)
                }
              }
            }
            body((plane * out.height + y) * out.width + x, inside, padded)
          }
        }
      }
    }
  }

  static func same(_ k: Int) -> (top: Int, left: Int, bottom: Int, right: Int) {
    (k / 2, k / 2, k / 2, k / 2)
  }
  static let cases: [Case] = {
    let small = PictureShape(batch: 2, channels: 17, height: 7, width: 9, border: 2)
    let bare = PictureShape(channels: 8, height: 13, width: 13)
    let wide = PictureShape(channels: 3, height: 2, width: 530, border: 1)
    return [
      Case(picture: small, kernel: (2, 2), stride: (2, 2)),
      Case(picture: small, kernel: (3, 3), stride: (2, 2), pads: same(3)),
      Case(picture: small, kernel: (3, 3), pads: same(3)),
      // Darknet's size 2, stride 1: one more column and row after the picture.
      Case(picture: bare, kernel: (2, 2), pads: (0, 0, 1, 1)),
      // Ceiling mode: the last window is cut.
      Case(picture: small, kernel: (3, 3), stride: (2, 2), pads: (0, 0, 1, 1)),
      Case(picture: bare, kernel: (5, 5), pads: same(5)),
      Case(picture: bare, kernel: (9, 9), pads: same(9)),
      Case(picture: bare, kernel: (13, 13), pads: same(13)),
      Case(picture: wide, kernel: (5, 5), pads: same(5)),
      Case(picture: wide, kernel: (1, 12), stride: (1, 3), pads: (0, 7, 0, 4)),
      // Wider than the buffer of a sliding window.
      Case(
        picture: PictureShape(channels: 1, height: 1, width: 330), kernel: (1, 300),
        stride: (1, 4), pads: (0, 20, 0, 0)),
      // The upper windows lie above the picture altogether.
      Case(picture: small, kernel: (3, 4), pads: (5, 0, 0, 0)),
      Case(picture: bare, kernel: (4, 3), stride: (3, 2), dilation: (2, 3), pads: (3, 4, 1, 2)),
      Case(picture: bare, kernel: (3, 5), stride: (1, 2), dilation: (4, 2), pads: (4, 4, 4, 4)),
      Case(picture: PictureShape(channels: 1, height: 1, width: 1), kernel: (1, 1)),
      Case(picture: PictureShape(channels: 1, height: 1, width: 1), kernel: (5, 5), pads: same(5)),
    ]
  }()

  @Test(arguments: KernelSet.available, cases)
  func maximum(set: KernelSet, one: Case) throws {
    var generator = SeededGenerator(seed: 11)
    // Negative everywhere: a border's zero read as a value would win.
    let values = generator.floats(one.picture.count).map { $0 - 1 }
    var expected = [Float](repeating: 0, count: one.output.count)
    one.windows { output, inside, _ in
      expected[output] = inside.map { values[$0] }.max() ?? -.greatestFiniteMagnitude
    }
    let x = BlockedPlanes(set, one.picture, values: values, padding: 3)
    let y = BlockedPlanes(set, one.output, padding: .nan)
    var (from, to, options) = (x.blocked, y.blocked, one.options)
    try runKernel(ck_max_pool(set.isa, &options, &from, &to), keeping: [x, y])
    #expect(y.planar() == expected)
    y.expectIntact()
  }

  @Test(arguments: KernelSet.available, cases)
  func average(set: KernelSet, one: Case) throws {
    var generator = SeededGenerator(seed: 12)
    let values = generator.floats(one.picture.count)
    for includesPadding in [false, true] {
      var expected = [Float](repeating: 0, count: one.output.count)
      one.windows { output, inside, padded in
        let sum = inside.map { Double(values[$0]) }.reduce(0, +)
        expected[output] = Float(sum / Double(max(includesPadding ? padded : inside.count, 1)))
      }
      let x = BlockedPlanes(set, one.picture, values: values, padding: 3)
      let y = BlockedPlanes(set, one.output, padding: .nan)
      var (from, to, options) = (x.blocked, y.blocked, one.options)
      options.count_include_pad = includesPadding ? 1 : 0
      try runKernel(ck_average_pool(set.isa, &options, &from, &to), keeping: [x, y])
      // At most 400 additions of values below 0.5.
      expectClose(y.planar(), expected, absolute: 1e-6)
      y.expectIntact()
    }
  }

  @Test(arguments: KernelSet.available, PictureShape.awkward)
  func globalAverage(set: KernelSet, shape: PictureShape) throws {
    var generator = SeededGenerator(seed: 13)
    let values = generator.floats(shape.count)
    let expected = (0..<shape.batch * shape.channels).map { plane in
      let part = values[plane * shape.pixels..<(plane + 1) * shape.pixels]
      return Float(part.map(Double.init).reduce(0, +) / Double(shape.pixels))
    }
    let x = BlockedPlanes(set, shape, values: values, padding: 3)
    let y = BlockedPlanes(
      set, PictureShape(batch: shape.batch, channels: shape.channels, height: 1, width: 1),
      padding: .nan)
    var (from, to) = (x.blocked, y.blocked)
    try runKernel(ck_global_average_pool(set.isa, &from, &to), keeping: [x, y])
    expectClose(y.planar(), expected, absolute: 1e-6)
    y.expectIntact()
  }
}

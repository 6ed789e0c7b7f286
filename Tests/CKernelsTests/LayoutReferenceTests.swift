import CKernels
import TestSupport
import Testing

@Suite struct LayoutReferenceTests {
  @Test(arguments: KernelSet.available, PictureShape.awkward)
  func toBlocked(set: KernelSet, shape: PictureShape) throws {
    var generator = SeededGenerator(seed: 1)
    let planar = generator.floats(shape.count)
    let out = BlockedPlanes(set, shape, padding: .nan)
    var blocked = out.blocked
    let source = KernelMemory(planar)
    try runKernel(ck_to_blocked(set.isa, source.pointer, &blocked), keeping: [source, out])
    #expect(out.planar() == planar)
    out.expectIntact()
  }

  @Test(arguments: KernelSet.available, PictureShape.awkward)
  func toPlanar(set: KernelSet, shape: PictureShape) throws {
    var generator = SeededGenerator(seed: 2)
    let planar = generator.floats(shape.count)
    let source = BlockedPlanes(set, shape, values: planar, padding: 7)
    var blocked = source.blocked
    // One element more at the end shows writes past it.
    let result = KernelMemory<Float>(repeating: 99, count: shape.count + 1)
    try runKernel(ck_to_planar(set.isa, &blocked, result.pointer), keeping: [source, result])
    #expect(result.values == planar + [99])
  }

  /// Every second pixel of both axes, from each of four corners, and channels in another order.
  @Test(arguments: KernelSet.available, PictureShape.awkward)
  func gatherViews(set: KernelSet, shape: PictureShape) throws {
    var generator = SeededGenerator(seed: 5)
    for step in [1, 2, 3] {
      let (rows, columns) = (shape.height * step, shape.width * step)
      let plane = rows * columns
      let source = KernelMemory(generator.floats(shape.batch * shape.channels * plane))
      let values = source.values
      // Channel c: the planes in reverse, from the corner that c's lowest digit tells.
      func first(_ channel: Int) -> Int {
        let corner = channel % step
        return (shape.channels - 1 - channel) * plane + corner * columns + (step - 1 - corner)
      }
      let views = (0..<shape.channels).map { channel in
        ck_channel_view(
          values: UnsafePointer(source.pointer + first(channel)), picture: shape.channels * plane,
          row: step * columns, pixel: step)
      }
      let expected = (0..<shape.count).map { index in
        let (x, y) = (index % shape.width, index / shape.width % shape.height)
        let (channel, picture) = (
          index / shape.pixels % shape.channels, index / shape.pixels / shape.channels
        )
        return values[
          picture * shape.channels * plane + first(channel) + y * step * columns + x * step]
      }
      let out = BlockedPlanes(set, shape, padding: .nan)
      var blocked = out.blocked
      try runKernel(ck_gather_views(set.isa, views, &blocked), keeping: [source, out])
      #expect(out.planar() == expected, "every \(step). pixel")
      out.expectIntact()
    }
  }

  /// Channels last, transposed pictures, and a part of a larger array.
  @Test(arguments: KernelSet.available, PictureShape.awkward)
  func toStrided(set: KernelSet, shape: PictureShape) throws {
    var generator = SeededGenerator(seed: 3)
    let planar = generator.floats(shape.count)
    let source = BlockedPlanes(set, shape, values: planar, padding: 7)
    var blocked = source.blocked
    let (n, c, h, w) = (shape.batch, shape.channels, shape.height, shape.width)
    let layouts: [[Int]] = [
      [h * w * c, 1, w * c, c],
      [c * w * h, w * h, 1, h],
      [(c + 2) * h * w, h * w, w, 1],
      [h * w * (c + 3), 1, w * (c + 3), c + 3],
      [c * h * (w + 1), h * (w + 1), w + 1, 1],
      [1, n, n * c, n * c * h],
    ]
    for strides in layouts {
      let length = zip(strides, [n - 1, c - 1, h - 1, w - 1]).map { $0 * $1 }.reduce(1, +)
      var expected = [Float](repeating: 99, count: length + 1)
      for i in 0..<shape.count {
        let (x, y) = (i % w, i / w % h)
        let (k, m) = (i / (w * h) % c, i / (w * h * c))
        expected[m * strides[0] + k * strides[1] + y * strides[2] + x * strides[3]] = planar[i]
      }
      let result = KernelMemory<Float>(repeating: 99, count: length + 1)
      try runKernel(
        ck_to_strided(set.isa, &blocked, result.pointer, strides), keeping: [source, result])
      #expect(result.values == expected, "strides \(strides)")
    }
  }

  /// Slices and concatenations at every offset, whole blocks, a channel shuffle and a reversal.
  @Test(arguments: KernelSet.available, [(1, 5, 0), (2, 7, 1)])
  func gatherChannels(set: KernelSet, sizes: (Int, Int, Int)) throws {
    let (batch, width, border) = sizes
    var generator = SeededGenerator(seed: 4)
    func picture(_ channels: Int) -> PictureShape {
      PictureShape(batch: batch, channels: channels, height: 3, width: width, border: border)
    }
    let sources = [40, 13, 32].map { channels in
      BlockedPlanes(
        set, picture(channels), values: generator.floats(picture(channels).count), padding: 7)
    }
    let all = [40, 13, 32].enumerated().flatMap { s, channels in (0..<channels).map { (s, $0) } }
    var cases = (1..<40).map { Array(all[$0...]) }
    cases.append((0..<32).map { ($0 % 2 * 2, $0 / 2) })
    cases.append((0..<32).map { (0, $0) } + (0..<32).map { (2, $0) })
    cases.append(all.reversed())
    cases.append((0..<19).map { _ in (1, 12) })
    let blocked = sources.map(\.blocked)
    for gathered in cases {
      let out = BlockedPlanes(set, picture(gathered.count), padding: .nan)
      var expected: [Float] = []
      for n in 0..<batch {
        for (s, c) in gathered {
          let first = (n * sources[s].shape.channels + c) * 3 * width
          expected += sources[s].planar()[first..<first + 3 * width]
        }
      }
      var target = out.blocked
      try runKernel(
        ck_gather_channels(
          set.isa, blocked, Int32(blocked.count), gathered.map { Int32($0.0) },
          gathered.map { Int32($0.1) }, &target), keeping: sources + [out])
      #expect(out.planar() == expected, "\(gathered.prefix(3))")
      out.expectIntact()
    }
  }
}

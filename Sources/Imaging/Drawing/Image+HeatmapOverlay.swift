package import Geometry

extension PixelBuffer where Sample == UInt8 {
  /// The picture, darkened to grey, with a map of scores laid over it in colours: dark blue for
  /// little over green and yellow to red for 1.
  ///
  /// Scores between the centres of cells are interpolated linearly.
  ///
  /// - Parameters:
  ///   - scores: `[rows, columns]`; clamped to `[0, 1]`, NaN counts as 0.
  ///   - map: From pixels of this picture to cells; cell `i` covers `[i, i + 1)`.
  package func overlaying(
    scores: [Float], columns: Int, rows: Int, through map: CoordinateMap
  ) -> Image {
    precondition(columns > 0 && rows > 0 && scores.count == columns * rows, "a whole map")
    let across = (0..<size.width).map {
      Neighbours(at: (Double($0) + 0.5) * map.scaleX + map.offsetX, count: columns)
    }
    var result = self
    for y in 0..<size.height {
      let down = Neighbours(at: (Double(y) + 0.5) * map.scaleY + map.offsetY, count: rows)
      for x in 0..<size.width {
        let (upper, lower) = (down.first * columns, down.second * columns)
        let top = across[x].mix(scores[upper + across[x].first], scores[upper + across[x].second])
        let bottom = across[x].mix(
          scores[lower + across[x].first], scores[lower + across[x].second])
        let score = down.mix(top, bottom)
        let strength = score > 0 ? min(Double(score), 1) : 0
        blend(&result.samples, at: (y * size.width + x) * 3, strength)
      }
    }
    return result
  }
}

/// Two cells whose values are mixed at a place between their centres.
private struct Neighbours {
  var first: Int
  var second: Int
  var fraction: Float

  init(at position: Double, count: Int) {
    let centred = min(max(position - 0.5, 0), Double(count - 1))
    first = Int(centred)
    second = min(first + 1, count - 1)
    fraction = Float(centred - Double(first))
  }

  func mix(_ a: Float, _ b: Float) -> Float { a + (b - a) * fraction }
}

/// Dark blue, cyan, green, yellow, red at equal steps.
private let ramp: [(red: Double, green: Double, blue: Double)] = [
  (32, 32, 128), (0, 192, 255), (64, 224, 64), (255, 224, 0), (255, 32, 0),
]

private func blend(_ samples: inout [UInt8], at start: Int, _ strength: Double) {
  let place = strength * Double(ramp.count - 1)
  let index = min(Int(place), ramp.count - 2)
  let (low, high) = (ramp[index], ramp[index + 1])
  let fraction = place - Double(index)
  let color = [
    low.red + (high.red - low.red) * fraction, low.green + (high.green - low.green) * fraction,
    low.blue + (high.blue - low.blue) * fraction,
  ]
  let grey =
    0.299 * Double(samples[start]) + 0.587 * Double(samples[start + 1])
    + 0.114 * Double(samples[start + 2])
  // The picture shows through everywhere; weak scores colour it less.
  let opacity = 0.25 + 0.5 * strength
  for channel in 0..<3 {
    let mixed = grey * (1 - opacity) + color[channel] * opacity
    samples[start + channel] = UInt8(min(max(mixed.rounded(), 0), 255))
  }
}

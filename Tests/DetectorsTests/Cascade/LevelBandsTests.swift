import Detectors
import Geometry
import Neural
import TestSupport
import Testing

@Suite struct LevelBandsTests {
  /// Every output row once, each from a band that sees all its input.
  @Test(arguments: 12...160)
  func coverage(_ height: Int) {
    for budget in [1, 500, 640, 800, 1600] {
      let level = Size(width: 20, height: height)
      let bands = LevelBands(level, pixelBudget: budget)
      #expect(bands.bands.flatMap { Array($0.outputRows) } == Array(0..<(height - 1) / 2 - 4))
      for (index, band) in bands.bands.enumerated() {
        #expect(band.start % 2 == 0 && band.start >= 0)
        #expect(band.start + bands.size.height <= height)
        let isLast = index == bands.bands.count - 1
        #expect(isLast == (band.start + bands.size.height == height))
        #expect(2 * band.outputRows.lowerBound >= band.start)
        if !isLast {
          #expect(2 * (band.outputRows.upperBound - 1) + 12 <= band.start + bands.size.height)
        }
      }
    }
  }

  /// Bands give what the whole level gives, up to rounding: Winograd tiles begin elsewhere.
  @Test(arguments: [(31, 77), (24, 80), (13, 65)])
  func bandsEqualTheWhole(_ width: Int, _ height: Int) throws {
    let weights = try CascadeWeights.builtIn()
    var generator = SeededGenerator(seed: 5)
    let picture = generator.floats(3 * width * height)
    let level = Size(width: width, height: height)
    let columns = LevelBands.outputSide(width)
    func run(_ size: Size, from row: Int) throws -> [Float] {
      let network = try Network(
        CascadeNetwork.proposal.graph(weights: weights, batch: 1, size: size))
      var input: [Float] = []
      for plane in 0..<3 {
        let first = (plane * height + row) * width
        input += picture[first..<first + size.height * width]
      }
      return try network.run([Tensor(input, shape: [1, 3, size.height, width])])[0]
        .floats()
    }
    let whole = try run(level, from: 0)
    let bands = LevelBands(level, pixelBudget: 40 * width)
    #expect(bands.bands.count > 1)
    let (rows, bandRows) = (
      LevelBands.outputSide(height), LevelBands.outputSide(bands.size.height)
    )
    for band in bands.bands {
      let part = try run(bands.size, from: band.start)
      for plane in 0..<6 {
        for row in band.outputRows {
          for column in 0..<columns {
            let inBand = (plane * bandRows + row - band.start / 2) * columns + column
            let inWhole = (plane * rows + row) * columns + column
            #expect(abs(part[inBand] - whole[inWhole]) <= 1e-5)
          }
        }
      }
    }
  }
}

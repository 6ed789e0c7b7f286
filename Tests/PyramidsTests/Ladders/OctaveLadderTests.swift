import Detectors
import Geometry
import Pyramids
import TestSupport
import Testing

/// The ladders against the `octave`, `dollar_getScales` and `dollar_approx` vectors of
/// `Fixtures/spec/01_image_pyramid.json`.
@Suite struct OctaveLadderTests {
  private let vga = Size(width: 640, height: 480)

  @Test func octaveVectors() throws {
    let vector = try SpecVectors("01_image_pyramid.json").root.member("octave")
    let perOctave = try #require(try vector.member("nPerOct").numbers.first)
    let ladder = try OctaveLadder(levelsPerOctave: Int(perOctave))
    let expected = try vector.member("scales").numbers
    expectClose(
      Array(ladder.scales(for: vga).prefix(expected.count)), expected, absolute: 1e-8)
    #expect(
      ladder.levelCount(for: vga) == (try vector.member("count_480x640_min16").integers.first))
  }

  @Test func wholeOctavesAreExactPowersOfTwo() throws {
    for perOctave in [1, 3, 7, 8, 10] {
      let ladder = try OctaveLadder(levelsPerOctave: perOctave, octavesUp: 2)
      for octave in 0..<8 {
        #expect(ladder.scale(octave * perOctave) == 4 / Double(1 << octave))
      }
    }
  }

  @Test func laddersFallAndEndAtTheSmallestLevel() throws {
    for side in [16, 17, 31, 32, 33, 100, 1000] {
      let size = Size(width: side, height: side + 5)
      let scales = try OctaveLadder(levelsPerOctave: 5).scales(for: size)
      #expect(zip(scales, scales.dropFirst()).allSatisfy { $0 > $1 })
      #expect(scales.first == 1)
      #expect(scales.allSatisfy { $0 * Double(side) >= 16 * (1 - 1e-12) })
    }
    #expect(try OctaveLadder().scales(for: Size(width: 15, height: 300)) == [])
    #expect(try OctaveLadder().scales(for: Size(width: 0, height: 0)) == [])
  }

  @Test func octavesLimitTheLadder() throws {
    let ladder = try OctaveLadder(levelsPerOctave: 4, octaves: 2)
    #expect(ladder.scales(for: vga).count == 9)
    #expect(ladder.scales(for: vga).last == 0.25)
    #expect(ladder.scales(for: Size(width: 24, height: 24)).count == 3)
  }

  @Test func refusesWhatNoLadderHas() {
    #expect(throws: DetectorError.self) { try OctaveLadder(levelsPerOctave: 0) }
    #expect(throws: DetectorError.self) { try OctaveLadder(levelsPerOctave: 65) }
    #expect(throws: DetectorError.self) { try OctaveLadder(octavesUp: -1) }
    #expect(throws: DetectorError.self) { try OctaveLadder(octaves: 17) }
    #expect(throws: DetectorError.self) {
      try OctaveLadder(minimumSize: Size(width: 0, height: 1))
    }
    #expect(throws: DetectorError.self) { try AlignedLadder(octaves: OctaveLadder(), stride: 0) }
  }

  @Test func alignedVectors() throws {
    let vector = try SpecVectors("01_image_pyramid.json").root.member("dollar_getScales")
    func number(_ key: String) throws -> Int { try #require(try vector.member(key).integers.first) }
    let minimum = try vector.member("minDs").integers
    let source = try vector.member("sz_hw").integers
    let ladder = try AlignedLadder(
      octaves: OctaveLadder(
        levelsPerOctave: number("nPerOct"), octavesUp: number("nOctUp"),
        minimumSize: Size(width: minimum[1], height: minimum[0])),
      stride: number("shrink"))
    let levels = ladder.levels(for: Size(width: source[1], height: source[0]))
    expectClose(levels.map(\.scale), try vector.member("scales").numbers, absolute: 1e-8)
    expectClose(
      levels.flatMap { [$0.scaleY, $0.scaleX] }, try vector.member("scaleshw").numbers,
      absolute: 1e-8)
    for level in levels {
      #expect(level.size.width % 4 == 0 && level.size.height % 4 == 0)
    }
  }

  @Test func realLevelVectors() throws {
    let file = try SpecVectors("01_image_pyramid.json").root
    let vector = try file.member("dollar_approx")
    let scales = try file.member("dollar_getScales").member("scales").numbers
    let levels = RealLevels(
      levelCount: scales.count,
      approximatedCount: try #require(try vector.member("nApprox").integers.first))
    #expect(levels.real == (try vector.member("isR0").integers))
    let sources = scales.indices.map(levels.source)
    #expect(sources == (try vector.member("nearest_real0").integers))
    let lambda = try #require(try vector.member("lam").numbers.first)
    let ratios = scales.indices.map {
      RealLevels.correction(scale: scales[$0], source: scales[sources[$0]], lambda: lambda)
    }
    expectClose(ratios, try vector.member("ratio").numbers, absolute: 1e-7)
  }
}

"""Croissant metadata: by structure, and where it is installed by its own validator."""

import json

import pytest

import mtjphys as mp
from mtjphys.datasets.description.croissant import VERSION, Field, croissant
from mtjphys.datasets.description.facts import facts_of


@pytest.fixture(scope="module")
def facts(spread):
    return facts_of(mp.datasets.open(spread))


def test_every_reference_has_its_target(facts):
    columns = [Field("split", "named split", "sc:Text"), Field("m_x", "trace", "sc:Float", 200)]
    tables = croissant(facts, "data/*.parquet", "application/x-parquet", columns=columns, published="2026-01-01")
    assert tables["conformsTo"] == VERSION == "http://mlcommons.org/croissant/1.1"
    assert tables["license"] == "https://spdx.org/licenses/CC-BY-4.0.html"
    splits, lanes = tables["recordSet"]
    assert splits["dataType"] == "cr:Split"
    assert [row["splits/name"] for row in splits["data"]] == ["train", "test"]
    known = {field["@id"] for one in tables["recordSet"] for field in one["field"]}
    split, trace = lanes["field"]
    assert split["references"]["field"]["@id"] in known
    assert {field["source"]["fileSet"]["@id"] for field in lanes["field"]} == {tables["distribution"][0]["@id"]}
    assert (trace["isArray"], trace["arrayShape"]) == (True, "200")


def test_what_is_not_known_is_left_out(facts):
    tables = croissant(facts._replace(license="", creator=""), "*", "application/vnd+zarr")
    assert not {"license", "creator", "datePublished"} & set(tables)


def test_the_validator_accepts_a_store(spread):
    mlcroissant = pytest.importorskip("mlcroissant")
    found = mlcroissant.Dataset(str(spread / "croissant.json"))
    assert not found.metadata.ctx.issues.errors
    listed = json.loads((spread / "croissant.json").read_text())["recordSet"][1]["data"]
    assert [row["arrays/name"] for row in found.records("arrays")] == [row["arrays/name"] for row in listed]
